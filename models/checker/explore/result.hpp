// What a check ends with. Thread safety: values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "models/checker/graph/graph.hpp"

namespace checker {

// exception: one that leaves the code under test, or that std::terminate ends. crash: a signal, or no access for too long.
// misuse: what C++ or the checker forbids, whatever the values are.
enum class Fault : std::uint8_t { assertion, data_race, unwritten, step_bound, livelock, deadlock, exception, crash, misuse };

constexpr std::string_view name(Fault fault) {
  switch (fault) {
    case Fault::assertion: return "assertion";
    case Fault::data_race: return "data race";
    case Fault::unwritten: return "read of what was never written";
    case Fault::step_bound: return "step bound";
    case Fault::livelock: return "livelock";
    case Fault::deadlock: return "deadlock";
    case Fault::exception: return "exception";
    case Fault::crash: return "crash";
    case Fault::misuse: return "misuse";
  }
  return "";
}

struct Program;

struct Violation {
  Fault fault = Fault::assertion;
  std::string message;
  int thread = -1;  // -1: in `finally`, or of all threads
  Location where = {};
  Graph graph;                                  // the execution, as far as it went
  std::shared_ptr<const Program> program = {};  // the names of its objects, if the front has made the check
};

// held: no violation in any execution. bounded: none in what the bound or the samples left. incomplete: stopped before the end.
// vacuous: none either, but no execution was complete, so that what must hold in the end was never looked at.
enum class Verdict : std::uint8_t { held, bounded, incomplete, violation, vacuous };

constexpr std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::held: return "held";
    case Verdict::bounded: return "bounded";
    case Verdict::incomplete: return "incomplete";
    case Verdict::violation: return "violation";
    case Verdict::vacuous: return "vacuous";
  }
  return "";
}

struct Counters {
  std::uint64_t complete = 0;  // executions in which every thread ended; only these are comparable between checkers
  std::uint64_t blocked = 0;   // some thread was blocked by an assumption, an await, or a retry that would change nothing
  std::uint64_t bound = 0;     // some thread reached the step bound
  std::uint64_t not_interleaved = 0;  // complete ones that no interleaving explains, if the judge says so
  std::uint64_t moot = 0;             // graphs given up: two read-modify-writes on one source
  std::uint64_t inconsistent = 0;     // graphs given up: the order of seq_cst accesses, or coherence
  std::uint64_t cut = 0;              // alternatives that the bound left out
  std::uint64_t violations = 0;
  std::uint64_t passed_over = 0;  // ended with a violation that does not count
  std::uint64_t duplicates = 0;   // complete executions generated more than once; always 0
  std::uint64_t revisits = 0;
  std::uint64_t steps = 0;           // new events
  std::uint64_t replayed_steps = 0;  // events passed again
  int longest = 0;                   // events in the largest execution
  int depth = 0;                     // graphs held at a time
  int deviations = 0;                // the largest number of choices away from the first execution

  std::uint64_t executions() const { return complete + blocked + bound; }
};

// Of the numbers that an exploration will end with. Different seeds scatter around the truth, by a factor of two or three.
struct Estimate {
  double complete = 0;
  double executions = 0;  // complete, blocked, at the step bound
};

// How far an exploration is.
struct ExplorationProgress {
  const Counters& counters;
  double seconds;
};

// What comes of running a recorded execution again.
struct Replay {
  bool reproduced = false;             // the same execution, ending with the recorded violation, or none if none is recorded
  std::string difference;              // if not: where, what was expected and what was found
  std::optional<Violation> violation;  // what was found wrong
};

struct Result {
  Verdict verdict = Verdict::held;
  Counters counters;
  std::optional<Violation> violation;  // the first
  double seconds = 0;
};

}  // namespace checker
