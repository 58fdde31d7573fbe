// Analysis: what may befall the executions of a job besides running to their ends, and what is judged of them. The checker
// explores what an analysis has wrapped, and knows none of them.
//
// The contract: wrap() says how the job's program is changed, and how its complete executions are judged. The answer for an
// execution on its own is the same as in its turn, so that a violation replays. When a program has been explored, next() says
// whether there is another one of the same job. report() adds what was counted, and for a violation the place that leads
// to it again.
//
// models/analyses has those that there are. Thread safety: one analysis, one check.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "arena_program.hpp"
#include "halting_store.hpp"
#include "models/checker/explore/result.hpp"
#include "models/engine/engine.hpp"

namespace rarena::models::checking {

struct Changes {
  // What is to be said of a complete execution, beginning with the ID of an invariant; "": nothing. `interleaved`: some
  // interleaving explains it.
  std::function<std::string(const ArenaProgram&, const checker::Graph&, bool interleaved)> examine = {};
  bool invariants = true;                     // are judged first, and what the scenario expects
  bool notes_calls = false;                   // a call leaves notes in the execution when it begins and has returned
  std::function<Pace(unsigned)> pace = {};    // of a thread; empty: nobody counts steps
  std::function<void(unsigned)> halted = {};  // a thread has stopped for ever
};

class Analysis {
 public:
  Analysis() = default;
  Analysis(const Analysis&) = delete;
  Analysis& operator=(const Analysis&) = delete;
  virtual ~Analysis() = default;

  virtual Changes wrap() { return {}; }
  virtual bool next(const checker::Result&) { return false; }
  virtual void report(Ending&) const {}
};

// How a job's analysis is made, or what is wrong with its options. The job outlives it.
using MadeAnalysis = std::expected<std::unique_ptr<Analysis>, std::string>;

struct AnalysisEntry {
  const char* name;
  MadeAnalysis (*make)(const Job&);
};

// The analyses that an engine program has. The default comes first.
class AnalysisTable {
 public:
  explicit(false) AnalysisTable(std::span<const AnalysisEntry> entries) : entries_(entries) {}
  std::vector<std::string> names() const;
  MadeAnalysis make(const Job& job) const;

 private:
  std::span<const AnalysisEntry> entries_;
};

}  // namespace rarena::models::checking
