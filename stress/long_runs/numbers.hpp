// Numbers: what an arena at rest says of its bytes, and what must be true of it.
//
// Thread safety: `numbers_of` while no other thread allocates or frees. Invariants: SEG-1 (checked:
// `overlap`), SEG-2 (checked: `lost`).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/layout/extent.hpp"
#include "core/layout/link.hpp"

namespace rarena::stress {

struct Numbers {
  std::uint64_t data = 0;    // bytes of segments and descriptors, carved off or not
  std::uint64_t carved = 0;  // of these below the cursor
  std::uint64_t free = 0, segments = 0, largest = 0, descriptors = 0, discarded = 0;  // bytes, but segments

  // Bytes below the cursor that nobody answers for, of an arena with so many live ones; below 0: that several answer for.
  std::int64_t lost(std::uint64_t live) const {
    return static_cast<std::int64_t>(carved) - static_cast<std::int64_t>(live + free + descriptors + discarded);
  }
  double percent(std::uint64_t bytes) const { return 100.0 * static_cast<double>(bytes) / static_cast<double>(data); }
};

template <class Arena>
Numbers numbers_of(const Arena& arena) {
  Numbers numbers{.data = arena.capacity() - arena.data_offset(), .carved = arena.allocated() - arena.data_offset()};
  for (const Extent segment : arena.free_segments()) {
    ++numbers.segments;
    numbers.free += segment.size;
    numbers.largest = std::max<std::uint64_t>(numbers.largest, segment.size);
  }
  numbers.descriptors = detail::descriptor_size * (numbers.segments + arena.spare_descriptors());
  numbers.discarded = arena.discarded();
  return numbers;
}

// The most bytes in a row that are free: segments that touch, and what is behind the cursor.
std::uint64_t largest_run(std::vector<Extent> free, Offset cursor, std::uint64_t capacity);

// Live and free segments, two of which share a byte: a violation. Nothing: none do.
std::optional<std::string> overlap(std::vector<Extent> segments);

}  // namespace rarena::stress
