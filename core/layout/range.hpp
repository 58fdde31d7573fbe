// Whether a range of bytes lies inside another one, and a number of bytes below 2^32. Pure functions.
//
// A user's range is two numbers of 64 bits, of which no sum may wrap.
//
// Thread safety: values only. Invariants: SEG-1 (nobody gives up what is not the data's).
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <limits>

#include "error.hpp"
#include "extent.hpp"
#include "geometry.hpp"

namespace rarena::detail {

// A user's number of bytes. Error: size_too_large.
constexpr std::expected<Size, Error> size_of(std::uint64_t bytes) {
  constexpr Size largest = std::numeric_limits<Size>::max();
  if (bytes <= largest) return static_cast<Size>(bytes);
  return std::unexpected(Error{.code = ErrorCode::size_too_large, .asked = largest, .there = bytes});
}

// [offset, offset + size), if it lies in [begin, end), which is one of offsets. Error: out_of_range.
constexpr std::expected<Extent, Error> range_inside(std::uint64_t begin, std::uint64_t end, std::uint64_t offset,
                                                    std::uint64_t size) {
  if (offset >= begin && size <= end && offset <= end - size) return extent_between(offset, offset + size);
  return std::unexpected(
      Error{.code = ErrorCode::out_of_range, .asked = offset + std::min(size, ~offset), .there = end, .at = offset});
}

// The range, if it lies in the allocated bytes, which end at the cursor. An empty one lies anywhere. Error: out_of_range.
constexpr std::expected<Extent, Error> allocated_range(const Geometry& geometry, Offset cursor, std::uint64_t offset,
                                                       std::uint64_t size) {
  if (size == 0) return Extent{};
  return range_inside(geometry.data_offset(), cursor, offset, size);
}

}  // namespace rarena::detail
