// What programs under test tell the checker: what must hold, what is left out, what is chosen, and where loops retry.
//
// Thread safety: to be called by the threads of a check; outside they do nothing.
#pragma once

#include <string_view>

#include "models/checker/explore/execution.hpp"

namespace checker {

// A violation if false; in threads, and in Options::finally.
inline void require(bool condition, std::string_view message = "requirement", Location where = Location::current()) {
  if (Execution* e = Execution::current()) e->require(condition, message, where);
}

// Leaves out executions in which the condition is false.
inline void assume(bool condition, Location where = Location::current()) {
  if (Execution* e = Execution::current(); e && !condition) e->block(Obstacle::assumption, where);
}

// Any of 0 .. options - 1.
inline unsigned choose(unsigned options, Location where = Location::current()) {
  Execution* e = Execution::current();
  return e ? e->choose(options, where) : 0;
}

// The head of a retry loop, and the way back to it. A pass that changed nothing since its own head would only be repeated: it
// is not explored, because the executions in which the values it read change in time stand for it. (A read-modify-write that
// leaves the value as it was changes nothing: a test-and-set that fails.) The loop must carry nothing from one pass to the next
// but what its head reads again, or what a failed compare-exchange of its own has found, if the first expected value was loaded
// with its failure order. A loop that nobody can end is reported as a livelock.
inline LoopHead loop_head() {
  const Execution* e = Execution::current();
  return e ? e->loop_head() : LoopHead{};
}
inline void retry(LoopHead head, Location where = Location::current()) {
  if (Execution* e = Execution::current()) e->retry(head, where);
}

namespace this_thread {

// Says nothing: the checker runs every order anyhow.
inline void yield() {}

}  // namespace this_thread

}  // namespace checker
