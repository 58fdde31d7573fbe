// Vyukov's bounded queue of many producers and consumers. The bug: a slot is handed on without a release.
#include "show.hpp"

struct Queue {
  std::memory_order hand_on;
  checker::atomic<unsigned> head{0, "head"}, tail{0, "tail"}, turn[2] = {0, 1};
  checker::var<int> value[2] = {};

  // The position that the thread has claimed; none: no slot is free.
  std::optional<unsigned> claim(checker::atomic<unsigned>& end, unsigned offset) {
    unsigned position = end.load(std::memory_order_relaxed);
    for (;;) {
      if (turn[position % 2].load(std::memory_order_acquire) != position + offset) return std::nullopt;
      if (end.compare_exchange_strong(position, position + 1, std::memory_order_relaxed)) return position;
    }
  }
  void push(int v) {
    const auto position = claim(tail, 0);
    if (!position) return;
    value[*position % 2] = v;
    turn[*position % 2].store(*position + 1, hand_on);
  }
  int pop() {  // 0: empty
    const auto position = claim(head, 1);
    if (!position) return 0;
    const int v = value[*position % 2].get();
    turn[*position % 2].store(*position + 2, hand_on);
    return v;
  }
};
checker::Result run(std::memory_order hand_on) {
  Queue queue{hand_on};
  checker::name_elements(queue.turn, "turn");
  checker::name_elements(queue.value, "value");
  int popped[2] = {};
  const auto once = [&] { checker::require(popped[0] == 0 || popped[0] != popped[1], "popped twice"); };
  return checker::check(
      {.finally = once}, [&] { queue.push(1), popped[0] = queue.pop(); }, [&] { queue.push(2), popped[1] = queue.pop(); });
}
int main() { return show(run(std::memory_order_release), run(std::memory_order_relaxed)); }
