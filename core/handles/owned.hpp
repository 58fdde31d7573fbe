// BasicOwned: one object in an arena, destroyed and freed at the end of the handle's life.
//
// As std::unique_ptr, and with the life of BasicBytes: a copy of the arena must outlive it; a moved-from or detached one is
// empty, and one that a rewind has made void neither destroys nor frees. Pointers inside T are not restorable: a T that is to
// be found again in a file should be trivially copyable.
//
// Thread safety: as std::unique_ptr. Progress: as BasicBytes, and what T's destructor does. Invariants: SEG-1, SEG-2.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <type_traits>
#include <utility>

#include "bytes.hpp"

namespace rarena {

/// A T in an arena, and its owner.
template <class T, WordStore Store>
class BasicOwned {
 public:
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "one object");

  /// An empty handle.
  BasicOwned() = default;
  /// A handle that owns bytes and the object in them, at their start. BasicArena makes them.
  explicit BasicOwned(BasicBytes<Store> bytes) : bytes_(std::move(bytes)) {}
  /// Takes over what the other one owns.
  BasicOwned(BasicOwned&&) noexcept = default;
  /// The same; what this owned is destroyed and freed.
  BasicOwned& operator=(BasicOwned&& other) noexcept {
    BasicOwned taken(std::move(other));
    std::swap(bytes_, taken.bytes_);
    return *this;
  }
  /// Destroys the object and frees its bytes, unless a rewind has given them up.
  ~BasicOwned() {
    if (bytes_.owns()) std::destroy_at(get());
  }

  /// Whether there is an object.
  [[nodiscard]] explicit operator bool() const { return !bytes_.empty(); }
  /// The object; nullptr if there is none. Asked anew each time: the arena may have moved (BasicArena::truncate).
  [[nodiscard]] T* get() const { return reinterpret_cast<T*>(const_cast<std::byte*>(bytes_.data())); }
  /// The object, which must be there.
  [[nodiscard]] T& operator*() const { return *get(); }
  /// A member of it.
  [[nodiscard]] T* operator->() const { return get(); }

  /// Where it is in the memory: with it it is found again after the arena has been reopened.
  [[nodiscard]] Offset offset() const { return bytes_.offset(); }
  /// All that is owned: the object, with padding before and slack behind it.
  [[nodiscard]] Extent segment() const { return bytes_.segment(); }

  /// Whether the object is still this handle's: false if there is none, or if a rewind has given its bytes up.
  [[nodiscard]] bool owns() const { return bytes_.owns(); }

  /// As BasicBytes::flush.
  [[nodiscard]] std::expected<void, Error> flush() const { return bytes_.flush(); }

  /// Ends ownership: neither destroyed nor freed. Returns segment(), which BasicArena::dealloc takes.
  Extent detach() { return bytes_.detach(); }

 private:
  BasicBytes<Store> bytes_;
};

/// An object in an Arena.
template <class T>
using Owned = BasicOwned<T, AtomicStore>;

namespace unsync {
/// An object in an unsync::Arena.
template <class T>
using Owned = BasicOwned<T, PlainStore>;
}  // namespace unsync

template <WordStore Store>
template <class T, class... Arguments>
std::expected<BasicOwned<T, Store>, Error> BasicArena<Store>::alloc(Arguments&&... arguments) const {
  auto bytes = alloc_aligned_bytes(sizeof(T), alignof(T), Fill::none);
  if (!bytes) return std::unexpected(bytes.error());
  std::construct_at(reinterpret_cast<T*>(bytes->data()), std::forward<Arguments>(arguments)...);
  return BasicOwned<T, Store>(std::move(*bytes));
}

}  // namespace rarena
