// The canonical key of an execution: equal for equal executions, in whatever order they were built. Thread safety: a function.
#pragma once

#include <string>

#include "graph.hpp"

namespace checker {

// Events by thread with sources, choices and spurious failures, and the coherence orders. Reads and writes that are not a
// consequence of these (values, clocks) are left out.
std::string canonical_key(const Graph& g);

}  // namespace checker
