// Latch: a number that is set once, by whoever comes first, and then stays: the first error of a life.
//
// Progress: wait-free. Thread safety: any number of threads. Invariants: none; nobody derives ownership from it.
#pragma once

#include <atomic>

namespace rarena::detail {

class Latch {
 public:
  // `value` is not 0. Later calls change nothing.
  void set(int value) {
    int expected = 0;
    value_.compare_exchange_strong(expected, value, std::memory_order_relaxed);
  }
  // 0: it has not been set.
  int value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> value_{0};
};

}  // namespace rarena::detail
