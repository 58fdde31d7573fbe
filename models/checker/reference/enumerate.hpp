// All executions of a program that RC11 allows, by brute force: the judge of the checker, made to be obviously right
// rather than fast. It shares no code with the checker, and its method is another one: no revisits, no vector clocks.
//
// Executions are built event by event. po ∪ rf has no cycles, so each execution can be: at each step any thread adds its
// next event, a read with any source that is there, a write at any place of coherence. Graphs met before are dropped (by
// key), and of the rest those that the axioms allow are extended.
//
// Thread safety: functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/checker/reference/program.hpp"

namespace checker::reference {

struct Limits {
  // Throws std::length_error rather than look at more graphs (parts of executions included).
  std::size_t graphs = 5'000'000;
  // Whether an inconsistent part of an execution is dropped at once, which loses nothing (axioms.hpp). Without, only whole
  // executions are judged: the same answers, much more slowly.
  bool judge_parts = true;
};

struct Enumeration {
  bool racy = false;             // some consistent execution has a data race; then the program means nothing
  bool deadlocks = false;        // in some consistent execution everybody who is left waits for a mutex; if parts are judged
  std::uint64_t executions = 0;  // consistent and complete, unless racy
  std::size_t graphs = 0;        // looked at
};

Enumeration enumerate(const Program& program, const Limits& limits = {});

}  // namespace checker::reference
