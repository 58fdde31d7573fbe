// A lock by test-and-set. The bug: unlock does not release.
#include "show.hpp"

struct Spinlock {
  std::memory_order unlock_order;
  checker::atomic<bool> locked{false, "locked"};

  void lock() {
    while (locked.exchange(true, std::memory_order_acquire)) {
    }
  }
  void unlock() { locked.store(false, unlock_order); }
};

checker::Result run(std::memory_order unlock_order) {
  Spinlock lock{unlock_order};
  checker::var<int> count{0, "count"};
  const auto adds = [&] {
    lock.lock();
    ++count;
    lock.unlock();
  };
  return checker::check({.finally = [&] { checker::require(count == 2, "both have added"); }}, adds, adds);
}

int main() { return show(run(std::memory_order_release), run(std::memory_order_relaxed)); }
