#include "long_runs/reference.hpp"

#include <iterator>
#include <utility>

namespace rarena::stress {

BestFit::BestFit(Size bytes, const Terms& terms) : newest_first_(terms.newest_first), joins_late_(terms.joins_late) {
  std::uint64_t begin = 0;
  const auto give = [&](Extent range) {
    if (range.empty()) return;
    if (terms.untouched_first)
      untouched_.push_back(range);
    else
      add(range);
  };
  for (const Extent taken : terms.taken) {
    give(detail::extent_between(begin, taken.offset));
    begin = taken.end();
  }
  give(detail::extent_between(begin, bytes));
}

void BestFit::add(Extent range) {
  const std::uint64_t rank = newest_first_ ? ~++added_ : range.offset;
  by_offset_.emplace(range.offset, Free{range.size, rank});
  by_size_.emplace(range.size, rank, range.offset);
}

Extent BestFit::remove(Place place) {
  const Extent range{place->first, place->second.size};
  by_size_.erase({range.size, place->second.rank, range.offset});
  by_offset_.erase(place);
  return range;
}

// From bytes that never served. A rest that is too small is free like any other range.
std::optional<Extent> BestFit::carve(Size size) {
  while (!untouched_.empty()) {
    const Extent front = untouched_.front();
    if (front.size > size) {
      untouched_.front() = detail::extent_between(front.offset + size, front.end());
      return Extent{front.offset, size};
    }
    untouched_.pop_front();
    if (front.size == size) return front;
    free(front);
  }
  return std::nullopt;
}

std::optional<Extent> BestFit::take(Size size) {
  const auto fit = by_size_.lower_bound({size, 0, 0});
  if (fit == by_size_.end()) return std::nullopt;
  const Extent range = remove(by_offset_.find(std::get<2>(*fit)));
  if (range.size > size) leave({range.offset + size, range.size - size});
  return Extent{range.offset, size};
}

std::optional<Extent> BestFit::allocate(Size size) {
  if (const auto carved = carve(size)) return carved;
  if (const auto taken = take(size)) return taken;
  if (apart_.empty()) return std::nullopt;
  join_all();
  return take(size);
}

// Frees a range as it is.
void BestFit::leave(Extent range) {
  if (joins_late_) apart_.push_back(range.offset);
  add(range);
}

void BestFit::join_all() {
  for (const Offset offset : std::exchange(apart_, {}))
    if (const Place place = by_offset_.find(offset); place != by_offset_.end()) join(remove(place));
}

// Frees a range together with its neighbours.
void BestFit::join(Extent range) {
  Place behind = by_offset_.lower_bound(range.offset);
  if (behind != by_offset_.end() && behind->first == range.end()) {
    const Place next = std::next(behind);
    range.size += remove(behind).size;
    behind = next;
  }
  if (behind != by_offset_.begin()) {
    const Place before = std::prev(behind);
    if (Extent{before->first, before->second.size}.end() == range.offset) {
      const Extent joined = remove(before);
      range = {joined.offset, joined.size + range.size};
    }
  }
  if (!untouched_.empty() && range.end() == untouched_.front().offset)
    untouched_.front() = detail::extent_between(range.offset, untouched_.front().end());
  else
    add(range);
}

}  // namespace rarena::stress
