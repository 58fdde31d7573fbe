// The analyses of the checker engine:
//
//     executions   nothing more than the invariants; of a program without a name also its outcomes
//     outcomes     the specification has the results of all calls, and the state at the end (outcomes.hpp)
//     crash        the process, the machine or the disk fails at any moment (crash.hpp)
//     halting      every thread stops for ever before any one of its steps (halting.hpp)
//
// Thread safety: constants.
#pragma once

#include "models/checker_engine/analysis.hpp"

namespace rarena::models::checking {

AnalysisTable analyses();

}  // namespace rarena::models::checking
