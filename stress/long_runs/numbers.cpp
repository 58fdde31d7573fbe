#include "long_runs/numbers.hpp"

#include <fmt/format.h>

namespace rarena::stress {

std::uint64_t largest_run(std::vector<Extent> free, Offset cursor, std::uint64_t capacity) {
  if (cursor < capacity) free.push_back(detail::extent_between(cursor, capacity));
  std::ranges::sort(free, {}, &Extent::offset);
  std::uint64_t largest = 0, begin = 0, end = 0;
  for (const Extent segment : free) {
    if (segment.offset != end) begin = segment.offset;
    end = segment.end();
    largest = std::max(largest, end - begin);
  }
  return largest;
}

std::optional<std::string> overlap(std::vector<Extent> segments) {
  std::ranges::sort(segments, {}, &Extent::offset);
  const auto meet = std::ranges::adjacent_find(segments, [](Extent one, Extent next) { return one.end() > next.offset; });
  if (meet == segments.end()) return std::nullopt;
  return fmt::format("SEG-1: [{}, {}) and [{}, {}) are live or free at once", meet->offset, meet->end(), (meet + 1)->offset,
                     (meet + 1)->end());
}

}  // namespace rarena::stress
