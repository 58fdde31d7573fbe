// What lies in front of a load: free segments in which next to nothing fits, each between two live ones that stay.
//
// Thread safety: for one thread.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "long_runs/subject.hpp"

namespace rarena::stress {

// Bytes of such a segment, and of what stays on both sides of it.
inline constexpr Size too_small = 8;

// So many of them, in an arena where nothing was freed yet; returns the bytes that stay live. Throws std::runtime_error.
template <class Arena>
std::uint64_t pin_small_segments(Subject<Arena>& subject, Size count) {
  std::uint64_t pinned = 0;
  std::vector<Extent> free;
  for (Size i = 0; i < count; ++i) {
    const auto pin = subject.allocate(too_small), segment = subject.allocate(too_small);
    if (!pin || !segment) throw std::runtime_error(fmt::format("the arena is too small for {} free segments", count));
    pinned += pin->size;
    free.push_back(*segment);
  }
  if (const auto last = subject.allocate(too_small)) pinned += last->size;
  for (const Extent segment : free) subject.free(segment);
  return pinned;
}

}  // namespace rarena::stress
