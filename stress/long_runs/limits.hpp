// Limits: what a run may come to. All are counts of operations and bytes; no time is judged.
//
// Thread safety: values only. Invariants: SEG-2 (no byte below the cursor is lost).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "long_runs/numbers.hpp"
#include "long_runs/settings.hpp"

namespace rarena::stress {

// What of a run is judged.
struct Facts {
  double refused = 0;            // percent of the requests after the warm-up
  double reference_refused = 0;  // the same of BestFit
  std::uint64_t missed = 0;      // refusals although so many bytes in a row were free
  std::string first_missed = {};
  Numbers numbers = {};    // at the end
  std::uint64_t live = 0;  // then
};

// Percent of the requests that may be refused beyond those that BestFit refuses: what the policy of the freelist and the
// descriptors cost, which stay where they were made. An optimistic list, which wears its large segments down, refuses most
// large requests of a full arena whatever is joined: there no share of refusals is too much. What merging could have granted
// is a missed run, and never allowed.
double most_refused(const Settings& settings);
// Merges of requests that were refused all the same, a refusal. Hints keep most of them from merging where free segments are
// few and large. Where small ones lie between small live ones, as an optimistic list leaves them, windows hold as many bytes as
// are wanted, and a refusal may merge: once.
double most_merges_in_vain(const Settings& settings);
// What a call in a nearly full arena should cost at most in processor time, as a multiple of what it costs in one that is not.
// It is wanted, and not judged.
inline constexpr double wanted_ratio = 5;
// Percent of the data bytes.
inline constexpr double most_discarded = 0.5;
// Percent of the data bytes that are granted in one piece where everything but a guard is free.
inline constexpr unsigned least_granted = 90;

// Violations; each text begins with what was violated, and a colon.
std::vector<std::string> judge(const Settings& settings, const Facts& facts);
// Only what is true at any rest.
std::vector<std::string> judge_bytes(const Numbers& numbers, std::uint64_t live);

}  // namespace rarena::stress
