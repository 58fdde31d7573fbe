// Explores the program of a job on the checker, within bounds, and says how it ended.
//
// Schedulers: `exhaustive`: every execution that RC11 allows, once, within the size of the scenario: retries that change
// nothing are not repeated, and weak compare-exchanges fail spuriously at most so often as the bounds say. `bound`: all
// executions at most so many deviations from the first. `random`: a sample.
//
// Thread safety: one at a time per thread of the system.
#pragma once

#include <string>

#include "models/checker/explore/explorer.hpp"
#include "models/checker/explore/shard.hpp"
#include "models/engine/engine.hpp"

namespace rarena::models::checking {

// "": nothing is.
std::string wrong_with(const Bounds& bounds);

checker::Explorer::Options explorer_options(const Bounds& bounds);

// Prints lines of progress.
checker::ShardReport explore(const checker::Program& program, const Bounds& bounds);

// The ID of the invariant that a violation is of.
std::string invariant_of(const checker::Violation& violation);
Violation described(const checker::Violation& violation);

// What a result says, with what replays its violation. A part of a whole says which: `job` is what was explored.
Ending ending_of(const checker::Program& program, const checker::ShardReport& report, const Bounds& bounds,
                 const std::string& job);

}  // namespace rarena::models::checking
