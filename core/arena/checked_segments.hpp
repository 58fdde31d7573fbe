// CheckedSegments: which bytes are live, in builds that check that (live_segments.hpp); in the others it knows nothing.
//
// Thread safety, progress, invariants: live_segments.hpp; what knows nothing is wait-free.
#pragma once

#include <cstdint>
#include <span>

#include "../layout/extent.hpp"
#include "../words/checked.hpp"
#if RARENA_CHECKS
#include "live_segments.hpp"
#endif

namespace rarena {

// Ends the program: it has done what no error can be returned for.
[[noreturn]] void report_misuse(const char* what, std::uint64_t number, const char* remedy);

// The same for builds that do not check: it knows nothing, and allows everything.
class UncheckedSegments {
 public:
  struct Alone {
    explicit Alone(UncheckedSegments&) {}
  };
  void know_nothing() {}
  void start(std::uint64_t, std::uint64_t) {}
  void start(std::span<const Extent>) {}
  void took(Extent) {}
  bool gives(Extent) { return true; }
  bool holds(Extent) { return true; }
  void cut(std::uint64_t) {}
  void attach_handle() {}
  void detach_handle() {}
  void end_of_arena() const {}
};

#if RARENA_CHECKS
using CheckedSegments = LiveSegments;
#else
using CheckedSegments = UncheckedSegments;
#endif

}  // namespace rarena
