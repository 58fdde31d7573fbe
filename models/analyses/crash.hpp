// Crash: the process may be killed, or the power may go, or a flush may fail, at any moment of an execution (models/crash has
// what that leaves, and judges what the shipped recovery makes of it).
//
// Options: `mode`, one of models/crash/analysis.hpp; `page`, how many bytes get to the disk together. The job's bug may be
// one of recovery.
//
// Thread safety: checker_engine/analysis.hpp. Invariants: REC-2, REC-3.
#pragma once

#include "models/checker_engine/analysis.hpp"
#include "models/crash/analysis.hpp"

namespace rarena::models::checking {

MadeAnalysis make_crash(const Job& job);

// What happened in an execution, as the crash analyses know it. `program`: of an execution whose calls are noted, which says
// what each call may lose.
crash::History history_of(const ArenaProgram& arena, const checker::Graph& graph, const ClientProgram* program = nullptr);

}  // namespace rarena::models::checking
