// Of the executions of a program that violate an invariant, the simplest: one that an interleaving explains before others,
// then the one with the fewest context switches, then with the fewest reads of old stores, then with the fewest steps.
//
// Thread safety: one at a time per thread of the system.
#pragma once

#include <string>

#include "analysis.hpp"

namespace rarena::models::checking {

// Looks at as many executions as the bounds allow. The one that it chose is in the ending, with its `trace` among what is more.
Ending simplest_of(Analysis& analysis, const Job& job, const Bounds& bounds, const std::string& invariant);

}  // namespace rarena::models::checking
