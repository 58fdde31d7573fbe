// Traces: an execution as text, for those who look for the cause of a violation.
//
// One block per thread, one line per step in program order: what it did, and why the model lets it. "Known" is a store that
// something wrote or read that happens-before the step. Accesses to plain data have no number. Then the coherence orders, the
// violation, and an interleaving that explains the execution, if there is one.
//
// Thread safety: functions of their arguments.
#pragma once

#include <string>

#include "models/checker/explore/result.hpp"
#include "models/checker/graph/program.hpp"

namespace checker {

// The name of a step, "1.4": thread and index. A read-modify-write is one step, and has the name of its read.
std::string step_name(const Graph& g, Stamp s);

// The graph need not be complete. `violation` is what it ends with; nullptr: nothing.
std::string render(const Program& p, const Graph& g, const Violation* violation = nullptr);

}  // namespace checker
