// Interleavings: whether one order of the steps, each reading the newest store, explains an execution.
//
// There is one if and only if po u rf u co u fr has no cycle. Then a thread may take its next step as soon as its read's source
// is the newest store, or its write's predecessor in the coherence order is the newest store and has no readers to come; taking
// any such step is never wrong, so nothing is tried twice: O(events x threads).
//
// Source: Shasha and Snir, "Efficient and correct execution of parallel programs that share memory", TOPLAS 1988.
// Thread safety: none; an object keeps its buffers from call to call.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "graph.hpp"

namespace checker {

class Interleaving {
 public:
  // Looks for an interleaving of all events. A function of the graph: stays with a thread while it can, then takes the lowest.
  // Every read must have its source and every write its place; the graph need not be complete.
  bool compute(const Graph& g);
  // The one that was found last, the write of a read-modify-write next to its read; empty: there is none. Valid until the next
  // call of compute.
  std::span<const Stamp> order() const { return order_; }

 private:
  void reset(const Graph& g);
  bool step(const Graph& g, int thread);
  bool step_read(const Graph& g, const Event& read);
  bool step_write(const Graph& g, const Event& write);
  void take(const Graph& g, int thread) { order_.push_back(g.at(thread, next_[static_cast<std::size_t>(thread)]++)); }
  std::int16_t& place_of(Cell c) { return places_[static_cast<std::size_t>(c)]; }
  // Reads of a store of the cell that have not been taken.
  std::int16_t& readers_of(const Graph& g, Cell c, Stamp write) {
    return readers_[static_cast<std::size_t>(write == initial ? g.size() + c : write)];
  }

  std::vector<Stamp> order_;
  std::array<int, maximum_threads> next_{};  // per thread: events taken
  std::vector<std::int16_t> places_;         // per cell: place of the newest store
  std::vector<std::int16_t> readers_;        // per event, then per initial value
};

}  // namespace checker
