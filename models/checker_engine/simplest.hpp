// Of the executions of a program that violate an invariant, the simplest: one that an interleaving explains before others, then the one
// with the fewest context switches, then with the fewest reads of old stores, then with the fewest steps.
//
// Thread safety: one at a time per thread of the system.
#pragma once

#include <string>

#include "models/engine/engine.hpp"

namespace rarena::models::checking {

// Looks at as many executions as the bounds allow. Prints the one that it chose, as lines of the result's `trace`. Or what is wrong
// with the job.
std::expected<Ending, std::string> simplest_of(const Job& job, const Bounds& bounds, const std::string& invariant);

}  // namespace rarena::models::checking
