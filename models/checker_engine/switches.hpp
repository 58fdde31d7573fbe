// The order of an execution's steps with the fewest context switches. If some interleaving explains the execution, it is the
// one of these that has the fewest, and every read reads the newest store. If none does, it is an order that keeps program
// order and reads-from, and some reads read an old store.
//
// To go on with a thread while it can is never wrong, so the only choice is who goes on behind a switch.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "models/checker/graph/graph.hpp"

namespace rarena::models::checking {

struct StepOrder {
  std::vector<checker::Stamp> steps;  // a read-modify-write is its read
  bool interleaved = false;
  unsigned switches = 0;
  unsigned old_reads = 0;

  // Which is simpler.
  friend bool operator<(const StepOrder& a, const StepOrder& b) {
    if (a.interleaved != b.interleaved) return a.interleaved;
    if (a.switches != b.switches) return a.switches < b.switches;
    return a.old_reads != b.old_reads ? a.old_reads < b.old_reads : a.steps.size() < b.steps.size();
  }
};

// Every read has its source.
StepOrder fewest_switches(const checker::Graph& graph);

// "thread 1: 1.0 to 1.4; thread 0: 0.0 to 0.9"
std::string describe(const checker::Graph& graph, const StepOrder& order);

}  // namespace rarena::models::checking
