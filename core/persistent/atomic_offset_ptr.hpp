// atomic_offset_ptr: an offset_ptr that threads share, and that one store changes.
//
// With it a structure in a file is changed so that a process that dies leaves no half of a change: an object is made complete,
// and then published with one store. The variable stays where it is, because what it holds is the distance from itself.
//
// Thread safety: any number of threads. What is read was complete when it was stored (release and acquire).
// Progress: wait-free. Invariants: none.
#pragma once

#include <cstdint>

#include "../words/atomic_distance.hpp"
#include "offset_ptr.hpp"

namespace rarena {

/// A shared pointer variable in an arena. Null if its bytes are zero.
template <class T>
class atomic_offset_ptr {
 public:
  /// Null.
  constexpr atomic_offset_ptr() noexcept = default;
  /// To what a pointer points to.
  atomic_offset_ptr(T* to) noexcept { store(to); }
  /// It is a variable, and is neither copied nor moved.
  atomic_offset_ptr(const atomic_offset_ptr&) = delete;
  /// The same.
  atomic_offset_ptr& operator=(const atomic_offset_ptr&) = delete;

  /// What it points to.
  T* load() const noexcept { return at(distance_.load()); }
  /// Lets it point there.
  void store(T* to) noexcept { distance_.store(distance_to(to)); }
  /// Lets it point there, and returns where it did before.
  T* exchange(T* to) noexcept { return at(distance_.exchange(distance_to(to))); }
  /// Lets it point there if it points to what is expected. Otherwise it says in `expected` where it does point to.
  bool compare_exchange(T*& expected, T* to) noexcept {
    std::uint64_t distance = distance_to(expected);
    const bool done = distance_.compare_exchange(distance, distance_to(to));
    if (!done) expected = at(distance);
    return done;
  }

 private:
  std::uint64_t distance_to(T* to) const noexcept { return detail::self_relative::distance(this, to); }
  T* at(std::uint64_t distance) const noexcept { return static_cast<T*>(detail::self_relative::target(this, distance)); }

  detail::AtomicDistance distance_;
};

}  // namespace rarena
