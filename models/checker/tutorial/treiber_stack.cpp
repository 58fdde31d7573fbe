// Treiber's stack, of nodes that are numbers. The bug: push publishes its node without a release.
#include "show.hpp"

struct Stack {
  std::memory_order publish;
  checker::atomic<int> top{0, "top"}, next[4] = {};  // 0: none
  checker::var<int> value[4] = {};

  void push(int node, int v) {
    value[node] = v;
    int old = top.load(std::memory_order_relaxed);
    do next[node].store(old, std::memory_order_relaxed);
    while (!top.compare_exchange_weak(old, node, publish, std::memory_order_relaxed));
  }
  int pop() {  // the value; 0 if empty. No node is pushed twice here, so no tag is needed.
    int old = top.load(std::memory_order_acquire);
    while (old != 0 && !top.compare_exchange_weak(old, next[old].load(std::memory_order_relaxed), std::memory_order_acquire,
                                                  std::memory_order_acquire)) {
    }
    return old == 0 ? 0 : value[old].get();
  }
};

checker::Result run(std::memory_order publish) {
  Stack stack{publish};
  checker::name_elements(stack.next, "next");
  checker::name_elements(stack.value, "value");
  int popped[2] = {};
  const auto all_are_there = [&] {
    int sum = popped[0] + popped[1];
    while (const int v = stack.pop()) sum += v;
    checker::require(sum == 60, "each value is popped once");
  };
  return checker::check(
      {.finally = all_are_there}, [&] { stack.push(1, 10), stack.push(2, 20); },
      [&] { stack.push(3, 30), popped[0] = stack.pop(); }, [&] { popped[1] = stack.pop(); });
}

int main() { return show(run(std::memory_order_release), run(std::memory_order_relaxed)); }
