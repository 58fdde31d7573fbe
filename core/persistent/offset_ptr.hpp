// offset_ptr: a pointer that keeps the distance to what it points to. What lies in a file with it is found again wherever the
// file is mapped next time.
//
// It is a fancy pointer (std::pointer_traits) and a random access iterator. Which containers take it as the pointer of their
// allocator is in arena_allocator.hpp.
//
// It holds the distance from itself less 1. So zeroed bytes are null, and a pointer to itself is not. A pointer to its own
// second byte cannot be held. It has to be copied as an object: bytes that are copied with std::memcpy point elsewhere, so
// it is not trivially copyable. Both ends must lie in one arena if it is to be found again; in memory it may lead anywhere.
//
// A null pointer is a constant expression, and so is what can be asked of one; an address is none.
//
// Source: the offset_ptr of Boost.Interprocess, whose null is 1.
// Thread safety: as a pointer. Progress: wait-free. Invariants: none.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>

namespace rarena {

namespace detail {

// Distances from a place to what it points to, less 1 and modulo 2^64.
namespace self_relative {

// What stands for no distance.
inline constexpr std::uint64_t null = 0;

// The distance from a place to what is there; null for nullptr.
inline std::uint64_t distance(const void* from, const volatile void* to) noexcept {
  if (to == nullptr) return null;
  return reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from) - 1;
}

// What is at that distance; nullptr for null.
// A compiler takes an address that was made from another one for one inside the same object. The empty instruction lets it
// forget where the address came from.
inline void* target(const void* from, std::uint64_t distance) noexcept {
  if (distance == null) return nullptr;
  std::uintptr_t address = reinterpret_cast<std::uintptr_t>(from) + distance + 1;
  asm("" : "+r"(address));
  return reinterpret_cast<void*>(address);
}

}  // namespace self_relative

}  // namespace detail

/// A pointer to a T, or null, that survives a move of the memory in which it lies together with the T. T may be const, void and
/// incomplete.
template <class T>
class offset_ptr {
  struct Nothing {};  // there is no reference to void

 public:
  /// What it points to.
  using element_type = T;
  /// The same without const.
  using value_type = std::remove_cv_t<T>;
  /// What two of them are apart.
  using difference_type = std::ptrdiff_t;
  /// As an iterator: what its arrow gives.
  using pointer = T*;
  /// What it gives when it is dereferenced.
  using reference = std::add_lvalue_reference_t<T>;
  /// It can be moved by any distance at once.
  using iterator_category = std::random_access_iterator_tag;
  /// What it goes over lies side by side.
  using iterator_concept = std::contiguous_iterator_tag;
  /// The same to another type.
  template <class U>
  using rebind = offset_ptr<U>;

  /// Null.
  constexpr offset_ptr() noexcept = default;
  /// To what a pointer points to; null if that is null.
  constexpr offset_ptr(T* to) noexcept { set(to); }
  /// To what the other one points to.
  constexpr offset_ptr(const offset_ptr& other) noexcept { set(other.get()); }
  /// The same, where a pointer to U converts to one to T: by itself if that does, and otherwise if it is asked for.
  template <class U>
    requires(!std::is_same_v<U, T> && requires(U* other) { static_cast<T*>(other); })
  constexpr explicit(!std::is_convertible_v<U*, T*>) offset_ptr(const offset_ptr<U>& other) noexcept {
    set(static_cast<T*>(other.get()));
  }
  /// To what the other one points to.
  constexpr offset_ptr& operator=(const offset_ptr& other) noexcept {
    set(other.get());
    return *this;
  }
  /// Nothing happens to what it points to.
  constexpr ~offset_ptr() = default;

  /// A pointer to an object.
  static constexpr offset_ptr pointer_to(std::conditional_t<std::is_void_v<T>, Nothing, T>& object) noexcept
    requires(!std::is_void_v<T>)
  {
    return offset_ptr(std::addressof(object));
  }

  /// Where it points to at present.
  constexpr T* get() const noexcept {
    return distance_ == detail::self_relative::null ? nullptr : static_cast<T*>(detail::self_relative::target(this, distance_));
  }
  /// The same, for what takes a pointer. The strings of libstdc++ 12 do.
  constexpr operator T*() const noexcept { return get(); }
  /// Whether it is not null.
  constexpr explicit operator bool() const noexcept { return distance_ != detail::self_relative::null; }

  /// As those of a pointer.
  constexpr reference operator*() const noexcept
    requires(!std::is_void_v<T>)
  {
    return *get();
  }
  /// The same: a member of what it points to.
  constexpr T* operator->() const noexcept { return get(); }
  /// The n-th element from there.
  constexpr reference operator[](difference_type n) const noexcept
    requires(!std::is_void_v<T>)
  {
    return get()[n];
  }

  /// So many elements further.
  constexpr offset_ptr& operator+=(difference_type n) noexcept
    requires(!std::is_void_v<T>)
  {
    set(get() + n);
    return *this;
  }
  /// So many elements back.
  constexpr offset_ptr& operator-=(difference_type n) noexcept
    requires(!std::is_void_v<T>)
  {
    set(get() - n);
    return *this;
  }
  /// One element further.
  constexpr offset_ptr& operator++() noexcept
    requires(!std::is_void_v<T>)
  {
    return *this += 1;
  }
  /// One element back.
  constexpr offset_ptr& operator--() noexcept
    requires(!std::is_void_v<T>)
  {
    return *this -= 1;
  }
  /// One element further; returns where it was.
  constexpr offset_ptr operator++(int) noexcept
    requires(!std::is_void_v<T>)
  {
    offset_ptr before(*this);
    *this += 1;
    return before;
  }
  /// One element back; returns where it was.
  constexpr offset_ptr operator--(int) noexcept
    requires(!std::is_void_v<T>)
  {
    offset_ptr before(*this);
    *this -= 1;
    return before;
  }
  /// So many elements further than that.
  friend constexpr offset_ptr operator+(const offset_ptr& from, difference_type n) noexcept
    requires(!std::is_void_v<T>)
  {
    return offset_ptr(from.get() + n);
  }
  /// The same.
  friend constexpr offset_ptr operator+(difference_type n, const offset_ptr& from) noexcept
    requires(!std::is_void_v<T>)
  {
    return offset_ptr(from.get() + n);
  }
  /// So many elements back from there.
  friend constexpr offset_ptr operator-(const offset_ptr& from, difference_type n) noexcept
    requires(!std::is_void_v<T>)
  {
    return offset_ptr(from.get() - n);
  }
  /// How many elements lie between them.
  friend constexpr difference_type operator-(const offset_ptr& to, const offset_ptr& from) noexcept
    requires(!std::is_void_v<T>)
  {
    return to.get() - from.get();
  }

 private:
  constexpr void set(T* to) noexcept {
    distance_ = to == nullptr ? detail::self_relative::null : detail::self_relative::distance(this, to);
  }

  std::uint64_t distance_ = detail::self_relative::null;
};

/// Compared as pointers are: with one another, and with a pointer.
template <class T, class U>
constexpr bool operator==(const offset_ptr<T>& left, const offset_ptr<U>& right) noexcept {
  return left.get() == right.get();
}
/// With a pointer.
template <class T, class U>
constexpr bool operator==(const offset_ptr<T>& left, U* right) noexcept {
  return left.get() == right;
}
/// Whether it is null.
template <class T>
constexpr bool operator==(const offset_ptr<T>& left, std::nullptr_t) noexcept {
  return left.get() == nullptr;
}
/// In the order of the addresses at present.
template <class T, class U>
constexpr std::strong_ordering operator<=>(const offset_ptr<T>& left, const offset_ptr<U>& right) noexcept {
  return std::compare_three_way()(left.get(), right.get());
}

}  // namespace rarena

// Doxygen cannot place a specialization of a template that it has not seen.
/// @cond
/// The hash of where it points to at present. A hash table that stays in a file has to hash something else.
template <class T>
struct std::hash<rarena::offset_ptr<T>> {
  /// That hash.
  std::size_t operator()(const rarena::offset_ptr<T>& pointer) const noexcept { return std::hash<T*>()(pointer.get()); }
};
/// @endcond
