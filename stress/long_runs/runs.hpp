// The runs of long_runs. Each makes its arena, works on it, prints its lines and judges it by limits.hpp.
//
// Thread safety: for a program with one thread. Invariants: SEG-1, SEG-2 (checked).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "long_runs/settings.hpp"

namespace rarena::stress {

struct Outcome {
  nlohmann::json numbers;
  std::vector<std::string> violations;  // each begins with what was violated, and a colon
};

// All throw Violation, and std::runtime_error where the arena cannot be made.

// Threads that hold a load, and the same requests to BestFit.
Outcome occupancy(const Settings& settings);
// One object that comes and goes among pins in a full arena; then everything is freed.
Outcome shatter(const Settings& settings);
// A load; then everything is freed, and 4096 bytes are asked for.
Outcome frag(const Settings& settings);
// Five containers of the standard library on one arena.
Outcome pmr(const Settings& settings);
// Threads that hold a load for long, with samples.
Outcome soak(const Settings& settings);
// What a call costs in a nearly full arena, against one that is not.
Outcome near_full(const Settings& settings);
// How long a pair of allocate and free takes beside n free segments. Nothing is judged.
Outcome pair_cost(const Settings& settings);

// The run that the settings name; what it throws as Violation is a violation of its outcome.
Outcome run(const Settings& settings);

}  // namespace rarena::stress
