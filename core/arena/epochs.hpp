// Epochs: which handles a rewind has made void. A handle of bytes above the new cursor must not free them at its end: somebody
// else may own them by then.
//
// Each rewind that gives up bytes starts an epoch. A handle remembers the epoch it was made in, and is void if a later rewind
// went below the end of its segment. Only positions that no later rewind went below are kept: they increase, so there are fewer
// than allocated bytes, and after a `clear` there is one.
//
// Progress: wait-free; O(1) if there was no rewind since the handle was made, else O(log rewinds). Thread safety: `cut` only
// while nobody else is using the arena; the const members otherwise from any number of threads.
// Invariants: SEG-1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "../layout/extent.hpp"

namespace rarena::detail {

using Epoch = std::uint64_t;

class Epochs {
 public:
  Epoch current() const { return current_; }

  // Room for one cut more. Throws std::bad_alloc, and then nothing has changed.
  void prepare() {
    if (cuts_.size() == cuts_.capacity()) cuts_.reserve(2 * cuts_.size() + 1);
  }

  // The cursor went down to `position`. After prepare().
  void cut(Offset position) noexcept {
    while (!cuts_.empty() && cuts_.back().position >= position) cuts_.pop_back();
    cuts_.push_back({++current_, position});
  }

  // Whether a segment that was allocated in the epoch `since` is still its owner's.
  bool hold(Epoch since, Extent segment) const { return since == current_ || segment.end() <= cut_since(since); }

 private:
  struct Cut {
    Epoch epoch;
    Offset position;
  };

  // How far down the cursor went since then. There is a cut: the last one has started the current epoch.
  [[gnu::noinline]] Offset cut_since(Epoch since) const {
    return std::ranges::upper_bound(cuts_, since, {}, &Cut::epoch)->position;
  }

  Epoch current_ = 0;
  std::vector<Cut> cuts_;  // both members increase: of the cuts behind an epoch the first is the lowest
};

}  // namespace rarena::detail
