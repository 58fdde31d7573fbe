// CrashJudge: the judge of executions in which the process may be killed, or the power may go, at any moment.
//
// Thread safety: one judge per check. Invariants: REC-2, REC-3.
#pragma once

#include <functional>

#include "arena_program.hpp"
#include "models/crash/analysis.hpp"
#include "models/crash/defect.hpp"

namespace rarena::models::checking {

// What to analyse, and how much of it there was in the end.
struct Crash {
  crash::Mode mode = crash::Mode::kill;
  crash::Defect defect = crash::Defect::none;
  Size page = 8;  // bytes that get to the disk together
  crash::Counters* counters = nullptr;
};

// What happened in an execution, as the crash analyses know it.
crash::History history_of(const ArenaProgram& arena, const checker::Graph& graph);

class CrashJudge {
 public:
  CrashJudge(const ArenaProgram& arena, unsigned slab, const Crash& crash);

  checker::Judgement operator()(const checker::Graph& graph);

 private:
  const ArenaProgram& arena_;
  std::function<std::string(crash::History)> analysis_;  // which counts, too
};

}  // namespace rarena::models::checking
