// BestFit: the allocator that arenas are compared with. It carves segments out of a range of numbers, takes the smallest free
// range that fits, of equal ones the first, and joins neighbours at once, which costs it maps and no byte of the range.
//
// Terms take from it what an arena does not have, so that figures of both say what each of these costs.
//
// Thread safety: one thread at a time. Progress: allocate and free O(log n); where it joins late, a refusal O(n log n) in what
// was freed since the last one.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "core/layout/extent.hpp"

namespace rarena::stress {

struct Terms {
  std::vector<Extent> taken = {};  // never free; sorted, and apart from each other
  bool untouched_first = false;    // what was freed serves only what bytes that never served cannot serve
  bool newest_first = false;       // of equal ranges the one that was freed last
  bool joins_late = false;         // neighbours are joined only before a request would be refused
};

class BestFit {
 public:
  explicit BestFit(Size bytes, const Terms& terms = {});

  std::optional<Extent> allocate(Size size);
  // A range that was allocated, or a part of one.
  void free(Extent range) { joins_late_ ? leave(range) : join(range); }

  std::size_t ranges() const { return by_offset_.size(); }
  Size largest() const { return by_size_.empty() ? 0 : std::get<0>(*by_size_.rbegin()); }

 private:
  // Its size, and what decides between equal ones.
  struct Free {
    Size size;
    std::uint64_t rank;
  };
  using Place = std::map<Offset, Free>::iterator;

  std::optional<Extent> carve(Size size);
  std::optional<Extent> take(Size size);
  void leave(Extent range);
  void join(Extent range);
  void join_all();
  void add(Extent range);
  Extent remove(Place place);

  bool newest_first_, joins_late_;
  std::uint64_t added_ = 0;
  std::deque<Extent> untouched_;  // the first one is carved from its front
  std::map<Offset, Free> by_offset_;
  std::set<std::tuple<Size, std::uint64_t, Offset>> by_size_;
  std::vector<Offset> apart_;  // where ranges began that nobody has tried to join
};

}  // namespace rarena::stress
