// Liveness of an execution in which nobody can go on.
//
// A thread that was blocked at a retry or an await after reading only the newest stores would read the same again, because
// nobody is left to write: under fairness, that is a hang. (A write that restores the value it read makes nothing newer.) If it
// read an older store, or a compare-exchange failed spuriously, a fair execution goes on, and another one that was explored
// stands for it. A loop may carry what its last compare-exchange found into the next pass, so a retry is only suspected here;
// the explorer lets the thread go on for some passes before it says livelock.
//
// Source: Lahav, Namakonov, Oberhauser, Podkopaev, Vafeiadis, "Making weak memory models fair", OOPSLA 2021.
// Thread safety: functions of a graph.
#pragma once

#include <optional>

#include "result.hpp"

namespace checker {

// Whether a write is that of a read-modify-write which leaves the value as it was. A pass of a loop that only writes so has
// changed nothing: without it, others read the same, and synchronize with no less than what they may rely on.
inline bool restores(const Graph& g, Stamp write) {
  const Event& e = g[write];
  return e.updates && g.predecessor(e)->value == e.value;
}

// Whether the thread's events from `begin` to `end` chose nothing and read only the newest values.
bool reads_only_the_newest(const Graph& g, int thread, int begin, int end);

// Whether some thread is blocked, and every blocked one is suspected of being stuck.
bool all_suspected_stuck(const Graph& g);

// What is wrong with an execution in which every blocked thread is stuck.
Violation stuck_violation(const Graph& g);

}  // namespace checker
