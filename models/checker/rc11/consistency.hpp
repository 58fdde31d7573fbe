// RC11, one event at a time: which stores a read may take, where a write may lie, and what follows from it.
//
// Coherence and atomicity hold by construction: a read takes the coherence-latest write that happens-before knows, or a later
// one; a write lies above what happens-before knows, and never between a read-modify-write and its source. po u rf is acyclic
// because every read takes a write that is there. What is left, the order of seq_cst accesses, is sequential_consistency.hpp.
//
// Source: Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017; release sequences as
// in C++20 (a release write and the read-modify-writes that follow it). Thread safety: functions of a graph.
#pragma once

#include "models/checker/graph/graph.hpp"
#include "models/checker/graph/program.hpp"

namespace checker {

// The value of a write, or of the initial one.
inline std::uint64_t value_of(const Program& p, const Graph& g, Cell c, Stamp write) {
  return write == initial ? p.cell(c).initial : g[write].value;
}

// The coherence-latest place of the cell that the view knows: it wrote it, or read it.
int known_place(const Graph& g, Cell c, const Clock& view);
// The same before an event of a thread: reads take this place or a later one, writes lie above it.
inline int lowest_place(const Graph& g, const Event& e) {
  const Event* before = g.predecessor(e);
  return before ? known_place(g, e.cell, before->happens_before) : 0;
}

// What an event has from its predecessor. For every event but a read this is all.
void inherit(Graph& g, Stamp s);
// The source is chosen: value, outcome, order and clocks follow from it.
void settle_read(const Program& p, Graph& g, Stamp read);
// What readers of a write may synchronize with. Its clocks and, for an update, the read before it are settled.
void settle_message(Graph& g, Stamp write);
void settle_fence(Graph& g, Stamp fence);
// Whether a read of this value writes, and what.
bool updates(const Request& request, std::uint64_t found);
std::uint64_t updated_value(const Request& request, std::uint64_t found);
inline std::uint64_t updated_value(const Event& read) { return updated_value(read.request, read.value); }
// The access on a value that nobody else has: a load if it does not write. Returns whether it wrote.
bool apply(const Request& request, std::uint64_t& value);

}  // namespace checker
