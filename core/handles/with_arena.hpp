// BasicBytesWithArena, BasicOwnedWithArena: BasicBytes and BasicOwned that keep their arena alive, as each holds a copy of it.
//
//     auto make() {
//       const auto arena = Arena::alloc({}).value();
//       return arena.alloc_bytes_owned(100).value();  // the arena ends with the bytes
//     }
//
// The bytes are freed first, and then the copy ends; the last one closes the arena. While such a handle is there, the arena's
// close() and truncate() say in_use. That holds for an empty or detached one, too, but not for one that was moved from. A
// handle that lies in its own arena keeps it for ever.
//
// The price is one more reference to count, so the handles of alloc_bytes and alloc do not do it.
//
// Thread safety: as the handles without an arena. Progress: as those, and where the copy is the last one, its end: blocking if
// the arena is a file. Invariants: SEG-1, SEG-2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <utility>

#include "../arena/arena.hpp"
#include "byte_access.hpp"
#include "bytes.hpp"
#include "owned.hpp"

namespace rarena {

namespace detail {

// A handle of an arena and a copy of the arena, which ends after it: members end in the reverse order.
template <class Handle, WordStore Store>
class WithArena {
 public:
  // A handle of this arena. BasicArena makes them.
  WithArena(BasicArena<Store> arena, Handle handle) : arena_(std::move(arena)), handle_(std::move(handle)) {}
  // Takes over what the other one owns and keeps.
  WithArena(WithArena&&) noexcept = default;
  // The same; what this had ends first.
  WithArena& operator=(WithArena&& other) noexcept {
    WithArena taken(std::move(other));  // member by member, what this had would end after its arena
    std::swap(arena_, taken.arena_);
    std::swap(handle_, taken.handle_);
    return *this;
  }
  // Ends the handle, and then the copy of the arena.
  ~WithArena() = default;

  // The copy of the arena that this keeps. Not of a handle that was moved from.
  [[nodiscard]] const BasicArena<Store>& arena() const { return arena_; }

  // Where it is in the memory: with it it is found again after the arena has been reopened.
  [[nodiscard]] Offset offset() const { return handle_.offset(); }
  // All that is owned, with padding before and slack behind.
  [[nodiscard]] Extent segment() const { return handle_.segment(); }
  // Whether that is still this handle's: false if it is empty, or if a rewind has given the bytes up.
  [[nodiscard]] bool owns() const { return handle_.owns(); }

  // As BasicBytes::flush.
  [[nodiscard]] std::expected<void, Error> flush() const { return handle_.flush(); }

  // Ends ownership without destroying or freeing: the bytes stay allocated. The arena is kept as before. Returns segment(),
  // which BasicArena::dealloc takes.
  Extent detach() { return handle_.detach(); }

 private:
  BasicArena<Store> arena_;

 protected:
  Handle handle_;
};

}  // namespace detail

/// Bytes of an arena, their owner, and a copy of the arena.
template <WordStore Store>
class BasicBytesWithArena : public detail::WithArena<BasicBytes<Store>, Store>, public ByteAccess<BasicBytesWithArena<Store>> {
  using Base = detail::WithArena<BasicBytes<Store>, Store>;
  using Base::handle_;

 public:
  using Base::Base;

  /// The first of the bytes that were asked for; nullptr if there are none.
  [[nodiscard]] std::byte* data() { return handle_.data(); }
  /// The same for reading.
  [[nodiscard]] const std::byte* data() const { return handle_.data(); }
  /// How many were asked for, whatever is written to them.
  [[nodiscard]] std::size_t size() const { return handle_.size(); }
  /// Whether there are none.
  [[nodiscard]] bool empty() const { return handle_.empty(); }
  /// All of them.
  [[nodiscard]] std::span<std::byte> bytes() { return handle_.bytes(); }
  /// The same for reading.
  [[nodiscard]] std::span<const std::byte> bytes() const { return handle_.bytes(); }
};

/// A T in an arena, its owner, and a copy of the arena.
template <class T, WordStore Store>
class BasicOwnedWithArena : public detail::WithArena<BasicOwned<T, Store>, Store> {
  using Base = detail::WithArena<BasicOwned<T, Store>, Store>;
  using Base::handle_;

 public:
  using Base::Base;

  /// Whether there is an object.
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(handle_); }
  /// The object; nullptr if there is none. Asked anew each time: the arena may have moved.
  [[nodiscard]] T* get() const { return handle_.get(); }
  /// The object, which must be there.
  [[nodiscard]] T& operator*() const { return *handle_; }
  /// A member of it.
  [[nodiscard]] T* operator->() const { return handle_.get(); }
};

/// Bytes that keep their Arena.
using BytesWithArena = BasicBytesWithArena<AtomicStore>;
/// An object that keeps its Arena.
template <class T>
using OwnedWithArena = BasicOwnedWithArena<T, AtomicStore>;

namespace unsync {
/// Bytes that keep their unsync::Arena.
using BytesWithArena = BasicBytesWithArena<PlainStore>;
/// An object that keeps its unsync::Arena.
template <class T>
using OwnedWithArena = BasicOwnedWithArena<T, PlainStore>;
}  // namespace unsync

template <WordStore Store>
std::expected<BasicBytesWithArena<Store>, Error> BasicArena<Store>::alloc_aligned_bytes_owned(std::uint64_t size,
                                                                                              std::uint64_t alignment,
                                                                                              Fill fill) const {
  auto bytes = alloc_aligned_bytes(size, alignment, fill);
  if (!bytes) return std::unexpected(bytes.error());
  return BasicBytesWithArena<Store>(*this, *std::move(bytes));
}

template <WordStore Store>
std::expected<BasicBytesWithArena<Store>, Error> BasicArena<Store>::alloc_bytes_owned(std::uint64_t size, Fill fill) const {
  return alloc_aligned_bytes_owned(size, 1, fill);
}

template <WordStore Store>
template <class T>
std::expected<BasicBytesWithArena<Store>, Error> BasicArena<Store>::alloc_aligned_bytes_owned(std::uint64_t extra_size,
                                                                                              Fill fill) const {
  auto bytes = alloc_aligned_bytes<T>(extra_size, fill);
  if (!bytes) return std::unexpected(bytes.error());
  return BasicBytesWithArena<Store>(*this, *std::move(bytes));
}

template <WordStore Store>
template <class T, class... Arguments>
std::expected<BasicOwnedWithArena<T, Store>, Error> BasicArena<Store>::alloc_owned(Arguments&&... arguments) const {
  auto owned = alloc<T>(std::forward<Arguments>(arguments)...);
  if (!owned) return std::unexpected(owned.error());
  return BasicOwnedWithArena<T, Store>(*this, *std::move(owned));
}

}  // namespace rarena
