// A queue that waits on a condition variable. The bug: whoever is woken does not look again, and another was quicker.
#include "show.hpp"

struct Queue {
  bool looks_again;
  checker::mutex mutex{"mutex"};
  checker::condition_variable filled{"filled"};
  checker::var<int> count{0, "count"};

  void put() {
    {
      const checker::lock_guard lock(mutex);
      ++count;
    }
    filled.notify_one();
  }
  void take() {
    checker::unique_lock lock(mutex);
    if (looks_again)
      while (count.get() == 0) filled.wait(lock);
    else if (count.get() == 0)
      filled.wait(lock);
    checker::require(count.get() > 0, "woken, and nothing is there");
    --count;
  }
};

checker::Result run(bool looks_again) {
  Queue queue{looks_again};
  const auto puts = [&] { queue.put(), queue.put(); };
  const auto takes = [&] { queue.take(); };
  return checker::check({.weak_failures = 0}, puts, takes, takes);  // no spurious wake-ups: it breaks without them
}

int main() { return show(run(true), run(false)); }
