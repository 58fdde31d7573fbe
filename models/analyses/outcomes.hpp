// Outcomes: whether the specification (models/clients/specification.hpp) has the outcome of an execution: the results of
// all calls, and the cursor, the list, and the numbers of unused descriptors and discarded granules at the end.
//
// Promised of an execution that some interleaving explains: the outcome is that of some order of the specification's steps
// that keeps the order of the calls of a thread, and of calls of which one happens-before the other. Of the others safety is
// promised, and no more: a thread may put something into one place, and look at another one as it was before. Outcomes of
// theirs that no order of steps has are counted.
//
// Thread safety: one oracle per check. Invariants: FL-4, and FL-1 and SEG-2 by exact final states.
#pragma once

#include <map>
#include <string>
#include <unordered_set>

#include "models/checker_engine/analysis.hpp"
#include "models/clients/specification.hpp"

namespace rarena::models::checking {

class OutcomesAnalysis : public Analysis {
 public:
  // `orders`: steps is what is promised. With calls it demands more than the shipped code keeps.
  explicit OutcomesAnalysis(const Job& job, clients::Orders orders = clients::Orders::steps)
      : program_(job.scenario.program), specification_(program_, job.freelist, job.scenario.slab), orders_(orders) {}

  Changes wrap() override {
    return {.examine = [this](const auto&... execution) { return wrong_with(execution...); }, .notes_calls = true};
  }

  // Of a complete execution whose final state satisfies the invariants. "": the specification has it.
  std::string wrong_with(const ArenaProgram& arena, const checker::Graph& graph, bool interleaved);

  // Of the executions so far: how many outcomes, and how many of them no order of whole calls has.
  std::size_t outcomes() const { return seen_.size(); }
  std::size_t need_steps() const { return need_steps_.size(); }
  // Outcomes, of executions that no interleaving explains, that no order of steps has.
  std::size_t unexplained() const { return unexplained_.size(); }

  // The condition under which an outcome may be one that no order of whole calls has: some call decided while another was in
  // transit, or an allocation missed what went to the cursor between its two looks, or it took what another segment was put in
  // front of since it looked. "": the program has no such outcome without that.
  std::string condition_broken() const;

 private:
  struct Allowed {
    clients::Outcomes calls, steps;
  };
  const Allowed& allowed(const clients::Before& before);
  std::string outcome_of(const ArenaProgram& arena, const checker::Graph& graph) const;
  clients::Before order_of_calls(const ArenaProgram& arena, const checker::Graph& graph) const;

  ClientProgram program_;
  clients::Specification specification_;
  clients::Orders orders_;
  std::map<clients::Before, Allowed> allowed_;
  std::unordered_set<std::string> seen_, need_steps_, unexplained_;
};

}  // namespace rarena::models::checking
