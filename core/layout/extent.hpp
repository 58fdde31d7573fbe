// Offsets, extents and how a request fits into an extent. Pure functions.
//
// An offset or size is a u32 count of bytes from the start of the memory; offset 0 is null. Everything that adds
// two of them does so in 64 bits, so that no request size can wrap (a defect of the Rust crate).
//
// Thread safety: values only. Invariants: SEG-1 (the arithmetic it rests on).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace rarena {

/// Bytes from the start of the memory.
using Offset = std::uint32_t;
/// A number of bytes.
using Size = std::uint32_t;

/// The offset of nothing: byte 0 belongs to no segment.
inline constexpr Offset null_offset = 0;

namespace detail {

// The smallest multiple of `alignment` (a power of two) that is at least `value`.
[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

// Whether it is one; 0 is none.
[[nodiscard]] constexpr bool is_power_of_two(std::uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

}  // namespace detail

/// A contiguous range of bytes, [offset, end).
struct Extent {
  Offset offset = null_offset;  ///< Its first byte.
  Size size = 0;                ///< Its bytes.

  /// Behind its last byte; 64 bits, so that it does not wrap.
  constexpr std::uint64_t end() const { return std::uint64_t{offset} + size; }
  /// Whether it has no bytes.
  constexpr bool empty() const { return size == 0; }
  /// Whether both are the same range; empty ones at different offsets are not.
  friend constexpr bool operator==(Extent, Extent) = default;
};

namespace detail {

// The extent [from, to); both must fit in 32 bits and from <= to.
[[nodiscard]] constexpr Extent extent_between(std::uint64_t from, std::uint64_t to) {
  return {static_cast<Offset>(from), static_cast<Size>(to - from)};
}

// How many bytes below `limit` lie in at least one of the ranges, which are sorted by this. O(n log n).
[[nodiscard]] std::uint64_t covered(std::span<Extent> ranges, std::uint64_t limit);

// What an allocation asks for. `alignment` is a power of two.
struct Request {
  Size size = 0;       // Bytes.
  Size alignment = 1;  // Bytes, a power of two.
};

// What is carved off the untouched end of the memory: the caller's bytes, aligned as it asked. It never ends at 0, so an end
// of 0 says that there was no room.
struct Carved {
  Offset begin = null_offset;  // Padding from here.
  Offset start = null_offset;  // What was asked for from here.
  Offset end = null_offset;    // Behind it.

  // Whether there was room.
  constexpr explicit operator bool() const { return end != null_offset; }
  // Whether it needs no padding.
  constexpr bool aligned() const { return begin == start; }
  // The padding in front, which may be empty.
  constexpr Extent padding() const { return {begin, start - begin}; }
  // What was asked for.
  constexpr Extent used() const { return {start, end - start}; }
  // Both.
  constexpr Extent all() const { return {begin, end - begin}; }
};

// A request fitted into an extent, at its first aligned offset. The three parts are adjacent and cover the extent.
struct Fitted {
  Extent padding;  // Before the aligned start.
  Extent used;     // What was asked for.
  Extent rest;     // Behind it.
};

// The parts, or nothing where the request is larger than the extent has room for.
[[nodiscard]] constexpr std::optional<Fitted> fit(Extent extent, Request request) {
  const std::uint64_t start = align_up(extent.offset, request.alignment);
  const std::uint64_t stop = start + request.size;
  if (stop > extent.end()) return std::nullopt;
  return Fitted{extent_between(extent.offset, start), extent_between(start, stop), extent_between(stop, extent.end())};
}

}  // namespace detail

}  // namespace rarena
