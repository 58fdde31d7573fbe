// A ring of two slots between one producer and one consumer. The bug: the tail is published without a release.
#include "show.hpp"

struct Ring {
  std::memory_order publish;
  checker::atomic<unsigned> head{0, "head"}, tail{0, "tail"};
  checker::var<int> slots[2] = {};

  bool push(int value) {
    const unsigned t = tail.load(std::memory_order_relaxed);
    if (t - head.load(std::memory_order_acquire) == 2) return false;
    slots[t % 2] = value;
    tail.store(t + 1, publish);
    return true;
  }
  bool pop(int& value) {
    const unsigned h = head.load(std::memory_order_relaxed);
    if (h == tail.load(std::memory_order_acquire)) return false;
    value = slots[h % 2].get();
    head.store(h + 1, std::memory_order_release);
    return true;
  }
};

checker::Result run(std::memory_order publish) {
  Ring ring{publish};
  checker::name_elements(ring.slots, "slots");
  const auto produce = [&] {
    for (int i = 1; i <= 3; ++i) ring.push(i);
  };
  const auto consume = [&] {
    int last = 0, value = 0;
    for (int i = 0; i < 3; ++i)
      if (ring.pop(value)) checker::require(value > last, "first in, first out"), last = value;
  };
  return checker::check({}, produce, consume);
}

int main() { return show(run(std::memory_order_release), run(std::memory_order_relaxed)); }
