#include "long_runs/numbers.hpp"

namespace rarena::stress {

std::uint64_t largest_run(std::vector<Extent> free, Offset cursor, std::uint64_t capacity) {
  if (cursor < capacity) free.push_back(extent_between(cursor, capacity));
  std::ranges::sort(free, {}, &Extent::offset);
  std::uint64_t largest = 0, begin = 0, end = 0;
  for (const Extent segment : free) {
    if (segment.offset != end) begin = segment.offset;
    end = segment.end();
    largest = std::max(largest, end - begin);
  }
  return largest;
}

}  // namespace rarena::stress
