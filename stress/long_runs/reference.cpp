#include "long_runs/reference.hpp"

#include <iterator>

namespace rarena::stress {

void BestFit::add(Extent range) {
  by_offset_.emplace(range.offset, range.size);
  by_size_.emplace(range.size, range.offset);
}

Extent BestFit::remove(Place place) {
  const Extent range{place->first, place->second};
  by_size_.erase({range.size, range.offset});
  by_offset_.erase(place);
  return range;
}

std::optional<Extent> BestFit::allocate(Size size) {
  const auto fit = by_size_.lower_bound({size, 0});
  if (fit == by_size_.end()) return std::nullopt;
  const Extent range = remove(by_offset_.find(fit->second));
  if (range.size > size) add({range.offset + size, range.size - size});
  return Extent{range.offset, size};
}

void BestFit::free(Extent range) {
  Place behind = by_offset_.lower_bound(range.offset);
  if (behind != by_offset_.end() && behind->first == range.end()) {
    const Place next = std::next(behind);
    range.size += remove(behind).size;
    behind = next;
  }
  if (behind != by_offset_.begin()) {
    const Place before = std::prev(behind);
    if (Extent{before->first, before->second}.end() == range.offset) {
      const Extent joined = remove(before);
      range = {joined.offset, joined.size + range.size};
    }
  }
  add(range);
}

}  // namespace rarena::stress
