// What a live segment is painted with: every byte says where it is and whose it is, so that half of a segment that was given
// up does not change the other half.
//
// Thread safety: functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/layout/extent.hpp"

namespace rarena::stress {

constexpr std::byte painted_byte(Offset offset, std::uint64_t serial) {
  return static_cast<std::byte>((serial * 0x9e3779b97f4a7c15U + offset * 0xbf58476d1ce4e5b9U) >> 56U);
}

inline void paint(std::byte* memory, Extent segment, std::uint64_t serial) {
  for (std::uint64_t at = segment.offset; at < segment.end(); ++at) memory[at] = painted_byte(static_cast<Offset>(at), serial);
}

// The first byte that is not as it was painted.
inline std::optional<Offset> first_change(const std::byte* memory, Extent segment, std::uint64_t serial) {
  for (std::uint64_t at = segment.offset; at < segment.end(); ++at)
    if (memory[at] != painted_byte(static_cast<Offset>(at), serial)) return static_cast<Offset>(at);
  return std::nullopt;
}

}  // namespace rarena::stress
