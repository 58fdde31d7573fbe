// What the bytes of an arena are: counted, and as a picture.
//
// Of a structure with violations both are as good as they can be: what lies outside is cut off, and where two parts overlap
// the first one has the bytes.
//
// Thread safety: functions of their arguments; O(n log n) in descriptors and segments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "../layout/geometry.hpp"
#include "../recovery/directory.hpp"
#include "../recovery/structure.hpp"

namespace rarena::tools {

// Bytes of each class. If nothing is violated, they add up to the capacity.
struct ByteCounts {
  std::uint64_t reserved = 0;
  std::uint64_t header = 0;  // prefix, gaps, header, annex and index
  std::uint64_t descriptors = 0;
  std::uint64_t free = 0;
  std::uint64_t discarded = 0;
  std::uint64_t unlisted = 0;   // live, or lost by a crash
  std::uint64_t remaining = 0;  // above the cursor
};

ByteCounts count_bytes(const detail::Geometry& geometry, const detail::Structure& structure);

// The characters of a picture. Where discarded bytes lie is not recorded, so they cannot be told from unlisted ones.
struct Legend {
  static constexpr char header = 'H', descriptor = 'D', free = '.', root = 'R', unlisted = '#', remaining = ' ';
};

// The memory as `width` cells of equal size (one per byte, if it has fewer), each the class that has most of its bytes; of
// equals the one that the legend names first.
// Roots are unlisted bytes that are known to be live.
std::string draw(const detail::Geometry& geometry, const detail::Structure& structure, std::size_t width,
                 std::span<const NamedRoot> roots = {});

}  // namespace rarena::tools
