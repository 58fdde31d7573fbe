// Liveness of an execution in which nobody can go on.
//
// A thread that was blocked at a retry or an await after reading only the newest stores would read the same for ever, because
// nobody is left to write: under fairness, that is a hang. If it read an older store, or a compare-exchange failed spuriously,
// a fair execution goes on, and another one that was explored stands for it.
//
// Source: Lahav, Namakonov, Oberhauser, Podkopaev, Vafeiadis, "Making weak memory models fair", OOPSLA 2021.
// Thread safety: a function of a graph.
#pragma once

#include <optional>

#include "result.hpp"

namespace checker {

// A livelock or deadlock, if every blocked thread is stuck.
std::optional<Violation> find_stuck(const Graph& g);

}  // namespace checker
