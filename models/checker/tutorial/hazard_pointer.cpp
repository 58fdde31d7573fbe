// A reader protects what it reads by a hazard pointer (Michael, PODC 2002), and a writer frees only what nobody protects. The
// bug: protection and look are not seq_cst, so each side may miss the other.
#include "show.hpp"

struct Shared {
  std::memory_order write, read;                                    // of hazard and current
  checker::atomic<int> current{1, "current"}, hazard{0, "hazard"};  // nodes; 0: none
  checker::var<int> node[3] = {};

  int read_value() {
    for (;;) {
      const int n = current.load(read);
      hazard.store(n, write);
      if (current.load(read) != n) continue;
      const int value = node[n].get();
      hazard.store(0, std::memory_order_release);
      return value;
    }
  }
  void replace(int n, int value) {
    node[n] = value;
    const int old = current.exchange(n, std::memory_order_seq_cst);
    if (hazard.load(read) != old) node[old] = -1;  // freed; else it would be kept for later
  }
};

checker::Result run(std::memory_order write, std::memory_order read) {
  Shared shared{write, read};
  checker::name_elements(shared.node, "node");
  shared.node[1] = 10;
  return checker::check(
      {}, [&] { checker::require(shared.read_value() > 0, "a freed node was read"); }, [&] { shared.replace(2, 20); });
}

int main() {
  return show(run(std::memory_order_seq_cst, std::memory_order_seq_cst),
              run(std::memory_order_release, std::memory_order_acquire));
}
