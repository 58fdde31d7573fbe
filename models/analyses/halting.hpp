// Halting: each thread stops for ever before any one of its steps, one thread in one place at a time; the others must come to
// their ends (PRG-1). It measures the largest number of own steps that a call takes. Where a thread stopped, it keeps what it
// had, so nothing but the steps is judged.
//
// Options: `at`, the place of a violation as `thread` and `before`; without it every place is tried.
//
// Thread safety: checker_engine/analysis.hpp. Invariants: PRG-1.
#pragma once

#include "models/checker_engine/analysis.hpp"

namespace rarena::models::checking {

MadeAnalysis make_halting(const Job& job);

}  // namespace rarena::models::checking
