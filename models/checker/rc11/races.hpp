// Plain data: values and data races, from the log of accesses.
//
// Two accesses race if one writes, they are of different threads, and neither happens-before the other. Without races the
// writes of an object that happen-before a read are totally ordered, and the read has the value of the last. An access is
// checked when it is added: what is in the log then is either before it or unordered.
//
// Thread safety: functions of a graph.
#pragma once

#include <optional>

#include "models/checker/graph/graph.hpp"
#include "models/checker/graph/program.hpp"

namespace checker {

// What a new access of a thread, behind its first `position` events, would race with.
struct Race {
  int thread;
  Access access;
};
std::optional<Race> find_race(const Graph& g, int thread, int position, Cell datum, bool writes);

// The value that a plain read at this position has.
std::uint64_t plain_value(const Program& p, const Graph& g, int thread, int position, Cell datum);
// The same when all threads have ended.
std::uint64_t final_plain_value(const Program& p, const Graph& g, Cell datum);

}  // namespace checker
