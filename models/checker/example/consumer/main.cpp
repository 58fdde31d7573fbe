// A program of somebody who has only the checker: a queue of one element, checked as it is and with an order that is too weak.
#include <checker/checker.hpp>
#include <cstdio>

struct Slot {
  std::memory_order publish;
  checker::var<int> value{0, "value"};
  checker::atomic<bool> full{false, "full"};

  void put(int v) {
    value = v;
    full.store(true, publish);
  }
  int take() {
    while (!full.load(std::memory_order_acquire)) {
    }
    return value;
  }
};

checker::Result check(std::memory_order publish) {
  Slot slot{publish};
  return checker::check({}, [&] { slot.put(7); }, [&] { checker::require(slot.take() == 7, "what was put is taken"); });
}

int main() {
  const checker::Result right = check(std::memory_order_release), wrong = check(std::memory_order_relaxed);
  if (wrong.violation) std::printf("%s\n", checker::explain(*wrong.violation).c_str());
  return right.verdict == checker::Verdict::held && wrong.violation && wrong.violation->fault == checker::Fault::data_race ? 0
                                                                                                                           : 1;
}
