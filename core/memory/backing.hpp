// The contract of the memory an arena lies in.
//
// A backing owns one contiguous range of bytes:
//   - data() is the start of the memory (offset 0) and size() its bytes; data() is aligned to alignment() bytes, a power
//     of two of at least 16;
//   - fresh memory reads as zero. A backing of heap or anonymous memory is created with `front` bytes (a multiple of 16,
//     may be 0) in front of data() that are zero, readable and writable too: the header of the pure layout lies there
//     (Geometry::pure_front). A file has none, because a file is always unified;
//   - heap and anonymous memory are readable and writable. A file's is readable, and writable from FileMap::allow_writing()
//     on, if its access allows that;
//   - data() and size() stay as they are, except by FileMap::resize();
//   - flush(range) blocks until the bytes of the range are durable. Memory whose writes reach no file has nothing to make
//     durable, and succeeds at once. After an error it is unknown which bytes of the range are durable, and a repetition that
//     succeeds does not change that (the system reports a failed write once);
//   - it moves and does not copy. Moving keeps data() valid. A moved-from backing may only be destroyed or assigned to;
//   - destruction, and being assigned to, give everything back: bytes, map, file and lock.
//
// Thread safety: the const members may be called from any number of threads; the bytes are the arena's to share.
// Invariants: REC-1 (locked_file.hpp: a file is locked before anything of it is mapped; file_map.hpp: it cannot be modified
// through a map before somebody who has validated it allows that).
#pragma once

#include <concepts>
#include <cstddef>
#include <expected>
#include <type_traits>

#include "../layout/error.hpp"
#include "../layout/extent.hpp"

namespace rarena::detail {

template <class B>
concept Backing =
    std::movable<B> && std::is_nothrow_move_constructible_v<B> && std::is_nothrow_move_assignable_v<B> &&
    !std::is_copy_constructible_v<B> && !std::is_copy_assignable_v<B> && requires(const B& backing, Extent range) {
      { backing.data() } noexcept -> std::same_as<std::byte*>;
      { backing.size() } noexcept -> std::same_as<Size>;
      { backing.alignment() } noexcept -> std::same_as<Size>;
      { backing.flush(range) } noexcept -> std::same_as<std::expected<void, Error>>;
    };

// The least alignment of any backing in bytes: that of a descriptor, and of what malloc returns.
inline constexpr Size least_alignment = 16;

static_assert(sizeof(std::size_t) >= 8, "capacity, front and alignment are added up in std::size_t: 64-bit hosts only");

}  // namespace rarena::detail
