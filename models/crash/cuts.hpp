// Cuts: every consistent cut of a history between two others, one step from one to the next.
//
// Thread safety: none. Time: the number of cuts, and of those that a later thread turns out to make inconsistent.
#pragma once

#include <cstddef>

#include "history.hpp"

namespace rarena::models::crash {

// Steps has take(mark, thread), drop(count), which takes back the newest, and visit(cut), which says whether to go on.
template <class Steps>
class Cuts {
 public:
  Cuts(const History& history, const Cut& lowest, const Cut& highest, Steps& steps)
      : history_(history), lowest_(lowest), highest_(highest), steps_(steps) {}

  // false: visit wanted no more.
  bool run() { return descend(0); }

 private:
  bool descend(unsigned thread) {
    if (thread == history_.count()) return steps_.visit(cut_);
    const auto& marks = history_.threads[thread];
    const std::uint16_t least = std::max(lowest_[thread], wanted_by_earlier(thread));
    bool go_on = true;
    std::size_t taken = 0;
    for (cut_[thread] = 0;; ++cut_[thread]) {
      if (cut_[thread] >= least) go_on = descend(thread + 1);
      if (!go_on || cut_[thread] == highest_[thread] || !allowed(marks[cut_[thread]], thread)) break;
      steps_.take(marks[cut_[thread]], thread);
      ++taken;
    }
    steps_.drop(taken);
    return go_on;
  }
  std::uint16_t wanted_by_earlier(unsigned thread) const {
    std::uint16_t most = 0;
    for (unsigned t = 0; t < thread; ++t)
      if (cut_[t] > 0) most = std::max(most, history_.last(t, cut_).needs[thread]);
    return most;
  }
  bool allowed(const Mark& mark, unsigned thread) const {
    for (unsigned t = 0; t < thread; ++t)
      if (mark.needs[t] > cut_[t]) return false;
    return true;
  }

  const History& history_;
  Cut lowest_, highest_, cut_{};
  Steps& steps_;
};

}  // namespace rarena::models::crash
