// AtomicDistance: a distance to something in the same memory, for the users' own structures (persistent/atomic_offset_ptr.hpp);
// BasicAtomicDistance: the same over another atomic word, as model checkers have one.
//
// It is no word of the allocator, and no site of the ledger. What a thread has written before it stores a distance or exchanges
// it, another thread that reads it finds written: stores release, loads acquire. That is what publishing an object needs.
//
// Thread safety: any number of threads. Progress: wait-free. Invariants: none.
#pragma once

#include <atomic>
#include <cstdint>

namespace rarena::detail {

template <class Atomic>
class BasicAtomicDistance {
 public:
  constexpr BasicAtomicDistance() = default;

  std::uint64_t load() const { return value_.load(std::memory_order_acquire); }
  void store(std::uint64_t value) { value_.store(value, std::memory_order_release); }
  std::uint64_t exchange(std::uint64_t value) { return value_.exchange(value, std::memory_order_acq_rel); }
  // Leaves what was there in `expected`, if it was something else.
  bool compare_exchange(std::uint64_t& expected, std::uint64_t value) {
    return value_.compare_exchange_strong(expected, value, std::memory_order_acq_rel, std::memory_order_acquire);
  }

 private:
  Atomic value_ = 0;
  static_assert(Atomic::is_always_lock_free, "it lies in memory that other processes see");
};

using AtomicDistance = BasicAtomicDistance<std::atomic<std::uint64_t>>;

}  // namespace rarena::detail
