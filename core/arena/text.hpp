// What values of rarena look like in a log: one line of English each, without a full stop.
//
//     Error           its message()                    Extent        [64, 164)
//     ErrorCode       insufficient space               Allocation    [64, 164), and if it has more: [64, 164) of [60, 176)
//     Freelist        pessimistic
//     an arena        arena in notes.arena, freelist pessimistic: cursor at 1200 of 65536 bytes, 1 free segment (96 bytes),
//                     0 bytes discarded
//     Recovery        process died; 2 free segments (96 bytes) kept; 600 bytes unlisted
//
// handles/stream.hpp writes them to streams, handles/fmt.hpp formats them. Nobody is to parse them.
//
// Thread safety: functions of their arguments; of an arena, as BasicArena::free_segments. All throw std::bad_alloc.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>

#include "../freelist/free_segments.hpp"
#include "../layout/error.hpp"
#include "../layout/extent.hpp"
#include "../layout/prefix.hpp"
#include "../recovery/recover.hpp"
#include "arena.hpp"
#include "properties.hpp"

namespace rarena {

/// Its message().
[[nodiscard]] std::string text_of(const Error& error);
/// Its name.
[[nodiscard]] std::string text_of(ErrorCode code);
/// From its first byte to behind its last one.
[[nodiscard]] std::string text_of(Extent extent);
/// The used bytes, and the segment where that is more.
[[nodiscard]] std::string text_of(const Allocation& allocation);
/// Its name.
[[nodiscard]] std::string text_of(Freelist kind);
/// What the opening has found and done: what is 0 is left out.
[[nodiscard]] std::string text_of(const Recovery& recovery);

namespace detail {

// The numbers of an arena that change.
struct ArenaNumbers {
  std::uint64_t allocated = 0;  // BasicArena::allocated
  std::uint64_t discarded = 0;  // BasicArena::discarded
  Tally free = {};              // What the freelist has.
};

}  // namespace detail
/// Where the arena is, how it keeps what is freed, and its numbers.
[[nodiscard]] std::string text_of(const ArenaProperties& arena, const detail::ArenaNumbers& numbers);

/// The same, with the numbers of now. Exact while no other thread allocates or frees. O(free segments), O(descriptors).
template <WordStore Store>
[[nodiscard]] std::string text_of(const BasicArena<Store>& arena) {
  detail::ArenaNumbers numbers{.allocated = arena.allocated(), .discarded = arena.discarded()};
  for (const Extent segment : arena.free_segments()) {
    ++numbers.free.segments;
    numbers.free.bytes += segment.size;
  }
  return text_of(arena, numbers);
}

/// What has such a text.
template <class T>
concept HasText = requires(const T& value) {
  { text_of(value) } -> std::same_as<std::string>;
};

}  // namespace rarena
