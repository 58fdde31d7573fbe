// Execution graphs: events with program order, reads-from, and one coherence order per atomic object; and the log of
// accesses to plain data.
//
// Events lie in the order of insertion, so that going back is to drop the newest. A backward revisit restricts a graph to a
// part that is closed under po u rf.
//
// Source: Kokologiannakis, Marmanis, Gladstein, Vafeiadis, "Truly stateless, optimal dynamic partial order reduction",
// POPL 2022. Thread safety: a value.
#pragma once

#include <cstdint>
#include <vector>

#include "event.hpp"

namespace checker {

// An access to plain data. It lies behind `position` events of its thread, and what happens-before it is what
// happens-before the last of them.
struct Access {
  std::uint64_t value;       // read or written
  std::uint64_t before = 0;  // of an exchange: the value it replaced
  Location where;
  Cell datum;
  std::int16_t position;
  bool writes;
  std::uint8_t label;
};

class Graph {
 public:
  void reset(int threads, int cells);

  int size() const { return static_cast<int>(events_.size()); }
  int threads() const { return static_cast<int>(threads_.size()); }
  int cells() const { return static_cast<int>(coherence_.size()); }
  Event& operator[](Stamp s) { return events_[static_cast<std::size_t>(s)]; }
  const Event& operator[](Stamp s) const { return events_[static_cast<std::size_t>(s)]; }
  const std::vector<Stamp>& thread(int t) const { return threads_[static_cast<std::size_t>(t)]; }
  int length(int t) const { return static_cast<int>(thread(t).size()); }
  Stamp at(int t, int index) const { return thread(t)[static_cast<std::size_t>(index)]; }
  // The writes of a cell in coherence order, without the initial one.
  const std::vector<Stamp>& coherence(Cell c) const { return coherence_[static_cast<std::size_t>(c)]; }
  // Reads and writes of a cell, oldest stamp first.
  const std::vector<Stamp>& accesses(Cell c) const { return accesses_[static_cast<std::size_t>(c)]; }
  std::vector<Access>& log(int t) { return logs_[static_cast<std::size_t>(t)]; }
  const std::vector<Access>& log(int t) const { return logs_[static_cast<std::size_t>(t)]; }

  // nullptr: it is the first of its thread.
  const Event* predecessor(const Event& e) const { return e.index == 0 ? nullptr : &(*this)[at(e.thread, e.index - 1)]; }
  // Place of a write in the coherence order of its cell; 0 is the initial value's.
  int place_of(Stamp write) const { return write == initial ? 0 : (*this)[write].place; }
  Stamp write_at(Cell c, int place) const { return place == 0 ? initial : coherence(c)[static_cast<std::size_t>(place - 1)]; }
  int last_place(Cell c) const { return static_cast<int>(coherence(c).size()); }
  Stamp newest_write(Cell c) const { return write_at(c, last_place(c)); }
  // Whether the write at this place is bound to the one before it, as the write of a read-modify-write is.
  bool bound_at(Cell c, int place) const { return place <= last_place(c) && (*this)[write_at(c, place)].updates; }

  // Adds an event at the end of a thread. A write must then be placed.
  Stamp add(int thread, Kind kind, Cell cell, Request request);  // by value: it may be of an event, and events move
  void place(Stamp write, int place);
  void unplace(Stamp write);
  // Drops the newest events until `count` are left, and the accesses to plain data behind them and behind the last one left.
  void cut(int count);
  // Takes back that a thread is blocked. The graph is then good for running on, not for going back.
  void unblock(int thread) { threads_[static_cast<std::size_t>(thread)].pop_back(); }
  // Becomes the part of `whole` that is {stamp <= newest} u prefix(write) u {write}; the write is not placed.
  // `renamed` maps old stamps to new ones, no_event where dropped.
  void restrict_to(const Graph& whole, Stamp newest, Stamp write, std::vector<Stamp>& renamed);

 private:
  void renumber(Cell c, int from);
  void forget_from(int thread, int position);

  std::vector<Event> events_;
  std::vector<std::vector<Stamp>> threads_;
  std::vector<std::vector<Stamp>> coherence_, accesses_;  // per cell
  std::vector<std::vector<Access>> logs_;                 // per thread
};

}  // namespace checker
