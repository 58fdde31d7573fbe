#include <cstdio>

#include "models/checker/checker.hpp"
using enum std::memory_order;

struct Stack {   // nodes 1 and 2; top is tag << 8 | node
  unsigned tag;  // what a change of top adds to its tag
  checker::atomic<unsigned> top{1, "top"}, next[3] = {0, 2, 0};
  checker::var<bool> owned[3] = {};

  unsigned pop() {
    for (unsigned old = top.load(acquire); (old & 255) != 0;) {
      const unsigned node = old & 255, after = (old - node + (tag << 8)) | next[node].load(relaxed);
      if (!top.compare_exchange_strong(old, after, acquire)) continue;
      checker::require(!owned[node].exchange(true), "a node was popped that has an owner");
      return node;
    }
    return 0;
  }
  void push(unsigned node) {
    owned[node] = false;
    unsigned old = top.load(relaxed);
    do {
      next[node].store(old & 255, relaxed);
    } while (!top.compare_exchange_strong(old, (old - (old & 255) + (tag << 8)) | node, release, relaxed));
  }
};

int main() {
  for (const unsigned tag : {1U, 0U}) {
    Stack s{tag};
    const auto popper = [&] { s.pop(); };
    const auto returner = [&] {
      const unsigned first = s.pop();
      s.pop();
      if (first != 0) s.push(first);
    };
    const auto empty = [&] {
      while (s.pop() != 0) {
      }
    };
    const auto result = checker::check({.finally = empty}, popper, returner);
    std::printf("tag %u: %s\n", tag, result.violation ? result.violation->message.c_str() : "held");
    std::printf("  after %llu executions\n", static_cast<unsigned long long>(result.counters.executions()));
  }
}
