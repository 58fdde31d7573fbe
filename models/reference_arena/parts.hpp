// What the files of the reference arena share.
//
// Thread safety: functions of their arguments. Invariants: none.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>

#include "core/layout/error.hpp"
#include "core/layout/extent.hpp"

namespace rarena::reference {

inline constexpr Size slot = 16;  // bytes of a descriptor
inline constexpr std::uint64_t largest = std::numeric_limits<Size>::max();

inline std::unexpected<Error> refuse(ErrorCode code, std::uint64_t asked = 0, std::uint64_t there = 0, std::uint64_t at = 0) {
  return std::unexpected(Error{.code = code, .asked = asked, .there = there, .at = at});
}

inline Extent between(std::uint64_t begin, std::uint64_t end) {
  return {static_cast<Offset>(begin), static_cast<Size>(end - begin)};
}

}  // namespace rarena::reference
