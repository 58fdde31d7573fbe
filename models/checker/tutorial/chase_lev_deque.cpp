// A deque to steal from, after Le, Pop, Cohen, Zappa Nardelli, PPoPP 2013. The bug: no seq_cst fences.
#include "show.hpp"
struct Deque {
  bool fences;
  checker::atomic<int> top{0, "top"}, bottom{0, "bottom"}, slots[4] = {};
  void fence() const { checker::atomic_thread_fence(fences ? std::memory_order_seq_cst : std::memory_order_relaxed); }
  bool claim(int t) { return top.compare_exchange_strong(t, t + 1, std::memory_order_seq_cst, std::memory_order_relaxed); }
  void push(int value) {
    const int b = bottom.load(std::memory_order_relaxed);
    slots[b % 4].store(value, std::memory_order_relaxed);
    checker::atomic_thread_fence(std::memory_order_release);
    bottom.store(b + 1, std::memory_order_relaxed);
  }
  int take() {  // 0: nothing
    const int b = bottom.fetch_sub(1, std::memory_order_relaxed) - 1;
    fence();
    const int t = top.load(std::memory_order_relaxed);
    const int value = t <= b ? slots[b % 4].load(std::memory_order_relaxed) : 0;
    if (t < b) return value;
    const bool mine = t == b && claim(t);
    bottom.store(b + 1, std::memory_order_relaxed);
    return mine ? value : 0;
  }
  int steal() {  // 0: nothing
    const int t = top.load(std::memory_order_acquire);
    fence();
    if (t >= bottom.load(std::memory_order_acquire)) return 0;
    const int value = slots[t % 4].load(std::memory_order_relaxed);
    return claim(t) ? value : 0;
  }
};
checker::Result run(bool fences) {
  Deque deque{fences};
  checker::atomic<int> taken[3];
  const auto got = [&](int v) { checker::require(v == 0 || taken[v].exchange(1) == 0, "taken twice"); };
  return checker::check(
      {}, [&] { deque.push(1), deque.push(2), got(deque.take()), got(deque.take()); },
      [&] { got(deque.steal()), got(deque.steal()); });
}
int main() { return show(run(true), run(false)); }
