#include "extent.hpp"

#include <algorithm>

namespace rarena::detail {

std::uint64_t covered(std::span<Extent> ranges, std::uint64_t limit) {
  std::ranges::sort(ranges, {}, &Extent::offset);
  std::uint64_t bytes = 0, done = 0;
  for (const Extent range : ranges) {
    const std::uint64_t begin = std::max<std::uint64_t>(done, range.offset), end = std::min(limit, range.end());
    if (begin >= end) continue;
    bytes += end - begin;
    done = end;
  }
  return bytes;
}

}  // namespace rarena::detail
