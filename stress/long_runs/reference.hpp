// BestFit: the allocator that arenas are compared with. It carves segments out of a range of numbers, takes the smallest free
// range that fits, and joins neighbours at once, which costs it a map, a set and no byte of the range.
//
// Thread safety: one thread at a time. Progress: allocate and free O(log n).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/layout/extent.hpp"

namespace rarena::stress {

class BestFit {
 public:
  explicit BestFit(Size bytes) { add({0, bytes}); }

  std::optional<Extent> allocate(Size size);
  // A range that was allocated, or a part of one.
  void free(Extent range);

  std::size_t ranges() const { return by_offset_.size(); }
  Size largest() const { return by_size_.empty() ? 0 : by_size_.rbegin()->first; }

 private:
  using Place = std::map<Offset, Size>::iterator;

  void add(Extent range);
  Extent remove(Place place);

  std::map<Offset, Size> by_offset_;
  std::set<std::pair<Size, Offset>> by_size_;
};

}  // namespace rarena::stress
