// BasicOwned: one object in an arena, destroyed and freed at the end of the handle's life.
//
// As std::unique_ptr, and with the life of BasicBytes: a copy of the arena must outlive it; a moved-from or detached one is
// empty. Pointers inside T are not restorable: a T that is to be found again in a file should be trivially copyable.
//
// Thread safety: as std::unique_ptr. Progress: as BasicBytes, and what T's destructor does. Invariants: SEG-1, SEG-2.
#pragma once

#include <expected>
#include <memory>
#include <type_traits>
#include <utility>

#include "bytes.hpp"

namespace rarena {

template <class T, WordStore Store>
class BasicOwned {
 public:
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "one object");

  // An empty handle.
  BasicOwned() = default;
  // A handle that owns the object and the bytes it lies in. BasicArena makes them.
  BasicOwned(T& object, BasicBytes<Store> bytes) : bytes_(std::move(bytes)), object_(&object) {}
  BasicOwned(BasicOwned&& other) noexcept : bytes_(std::move(other.bytes_)), object_(std::exchange(other.object_, nullptr)) {}
  BasicOwned& operator=(BasicOwned&& other) noexcept {
    BasicOwned taken(std::move(other));
    std::swap(bytes_, taken.bytes_);
    std::swap(object_, taken.object_);
    return *this;
  }
  ~BasicOwned() {
    if (object_ != nullptr) std::destroy_at(object_);
  }

  explicit operator bool() const { return object_ != nullptr; }
  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

  // Where it is in the memory, and all that is owned with it.
  Offset offset() const { return bytes_.offset(); }
  Extent segment() const { return bytes_.segment(); }

  // Ends ownership: neither destroyed nor freed. Returns segment(), which BasicArena::dealloc takes.
  Extent detach() {
    object_ = nullptr;
    return bytes_.detach();
  }

 private:
  BasicBytes<Store> bytes_;  // before the object: it is freed after the object is destroyed
  T* object_ = nullptr;
};

template <class T>
using Owned = BasicOwned<T, AtomicStore>;

namespace unsync {
template <class T>
using Owned = BasicOwned<T, PlainStore>;
}

template <WordStore Store>
template <class T, class... Arguments>
std::expected<BasicOwned<T, Store>, Error> BasicArena<Store>::alloc(Arguments&&... arguments) const {
  auto bytes = alloc_aligned_bytes(sizeof(T), alignof(T), Fill::none);
  if (!bytes) return std::unexpected(bytes.error());
  T* const object = std::construct_at(reinterpret_cast<T*>(bytes->data()), std::forward<Arguments>(arguments)...);
  return BasicOwned<T, Store>(*object, std::move(*bytes));
}

}  // namespace rarena
