// The axioms of RC11 on explicit relations, written as in Lahav, Vafeiadis, Kang, Hur, Dreyer: Repairing Sequential
// Consistency in C/C++11 (PLDI 2017), with the release sequences of C++20: a release write is followed by a chain of RMWs
// only. An RMW is one event here (there: a read and a write, adjacent in po), so that coherence also has to say that eco is
// irreflexive.
//
// Every axiom forbids cycles, and no relation between two events depends on events that are not po ∪ rf before one of
// them or of which one is not yet there. So what is left of a consistent execution when po ∪ rf maximal events are
// removed is consistent.
//
// Thread safety: functions of their arguments.
#pragma once

#include <vector>

#include "models/checker/reference/execution_graph.hpp"
#include "models/checker/reference/relation.hpp"

namespace checker::reference {

// The relations of a graph. Its nodes: the initial writes of x, y and z, then the events of thread 0, of thread 1, ...
class Relations {
 public:
  explicit Relations(const ExecutionGraph& graph);

  std::size_t node(Name name) const { return name.thread == initial_thread ? name.index : first_[name.thread] + name.index; }
  bool happens_before(Name a, Name b) const { return hb_.has(node(a), node(b)); }

  // Coherence, atomicity, sequential consistency, and no cycle in po ∪ rf.
  bool consistent() const;
  // Whether two accesses of the plain location, one of them a write, are unordered by happens-before.
  bool racy() const;

 private:
  bool atomic() const;
  bool psc_acyclic() const;
  void add_base_relations(const ExecutionGraph& graph);
  Relation synchronizes_with() const;

  template <class Predicate>
  Relation on(Predicate predicate) const {
    return Relation::on(events_.size(), [&](std::size_t i) { return predicate(events_[i]); });
  }

  std::vector<Event> events_;       // by node
  std::vector<std::size_t> first_;  // node of the first event of each thread
  Relation po_, rf_, mo_, fr_, hb_, eco_;
  Relation same_location_;  // of atomic accesses
};

}  // namespace checker::reference
