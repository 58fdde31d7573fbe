// A sequence lock, after Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012. The bug: the
// writer has no fence, so its first store may be seen after the data.
#include "show.hpp"

struct Seqlock {
  bool fence;
  checker::atomic<unsigned> sequence{0, "sequence"};
  checker::atomic<int> a{0, "a"}, b{0, "b"};

  void write(int v) {
    const unsigned s = sequence.load(std::memory_order_relaxed);
    sequence.store(s + 1, std::memory_order_relaxed);
    if (fence) checker::atomic_thread_fence(std::memory_order_release);
    a.store(v, std::memory_order_relaxed);
    b.store(v, std::memory_order_relaxed);
    sequence.store(s + 2, std::memory_order_release);
  }
  bool read(int& x, int& y) {
    const unsigned s = sequence.load(std::memory_order_acquire);
    x = a.load(std::memory_order_relaxed);
    y = b.load(std::memory_order_relaxed);
    checker::atomic_thread_fence(std::memory_order_acquire);
    return s % 2 == 0 && sequence.load(std::memory_order_relaxed) == s;
  }
};

checker::Result run(bool fence) {
  Seqlock lock{fence};
  const auto reads = [&] {
    int x = 0, y = 0;
    if (lock.read(x, y)) checker::require(x == y, "what was read was never there");
  };
  return checker::check({}, [&] { lock.write(1), lock.write(2); }, reads);
}

int main() { return show(run(true), run(false)); }
