// CrashJudge: the judge of executions in which the process may be killed, or the power may go, at any moment.
//
// Thread safety: one judge per check. Invariants: REC-2, REC-3.
#pragma once

#include <variant>

#include "arena_program.hpp"
#include "models/crash/power_loss.hpp"
#include "models/crash/process_kill.hpp"

namespace rarena::models::checking {

// What to analyse, and how much of it there was in the end.
struct Crash {
  crash::Mode mode = crash::Mode::kill;
  crash::Defect defect = crash::Defect::none;
  Size page = 8;  // power: bytes that get to the disk together
  crash::Counters* counters = nullptr;
};

// What happened in an execution, as the crash analyses know it.
crash::History history_of(const ArenaProgram& arena, const checker::Graph& graph);

class CrashJudge {
 public:
  CrashJudge(const ArenaProgram& arena, unsigned slab, const Crash& crash);

  checker::Judgement operator()(const checker::Graph& graph);

 private:
  using Analysis = std::variant<crash::ProcessKill, crash::PowerLoss>;
  static Analysis make(const ArenaProgram& arena, unsigned slab, const Crash& crash);

  const ArenaProgram& arena_;
  crash::Counters* counters_;
  Analysis analysis_;
};

}  // namespace rarena::models::checking
