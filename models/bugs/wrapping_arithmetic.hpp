// A known bug as a policy: the cursor's arithmetic in 32 bits, as in release builds of the Rust crate. A request near 2^32
// wraps round and "succeeds" over memory that somebody owns.
//
// Thread safety: pure. Invariants: breaks SEG-1.
#pragma once

#include "core/layout/extent.hpp"
#include "models/scenario/internals.hpp"

namespace rarena::models {

struct WrappingArithmetic {
  static constexpr Carved carve(std::uint32_t cursor, Request request, Size capacity) {
    const std::uint32_t start = (cursor + request.alignment - 1) & ~(request.alignment - 1);
    const std::uint32_t stop = start + request.size;
    if (stop > capacity) return {};
    return {cursor, start, stop};
  }
};

}  // namespace rarena::models
