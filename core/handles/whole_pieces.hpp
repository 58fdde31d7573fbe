// Whole pieces: how containers allocate, who give back a pointer and a size and know of no segment.
//
// Requests are rounded up to 16 bytes and aligned to 16 at least. So what is cut off a segment is a multiple of 16 too, is free
// again, and fits the next request of its size. Padding and slack of an allocation are given up at once.
//
// Thread safety: functions of their arguments. Progress: as what they are given.
// Invariants: SEG-2 (a container gives back exactly what it has kept).
#pragma once

#include <algorithm>
#include <cstddef>

#include "../arena/allocator.hpp"

namespace rarena::detail {

inline constexpr std::size_t piece_granule = descriptor_size;

// A request of 0 bytes takes some: its pointer must be valid. One that is too large stays so.
constexpr std::size_t rounded_to_pieces(std::size_t size) {
  const std::size_t up = (std::max<std::size_t>(size, 1) + (piece_granule - 1)) & ~(piece_granule - 1);
  return up == 0 ? size : up;
}

}  // namespace rarena::detail
