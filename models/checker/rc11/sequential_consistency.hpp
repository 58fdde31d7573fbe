// The order of seq_cst accesses and fences: psc must be acyclic.
//
// Source: RC11's psc_base and psc_F (Lahav et al., PLDI 2017). Thread safety: one object per explorer; it keeps its
// matrices from call to call.
#pragma once

#include <cstdint>
#include <vector>

#include "models/checker/graph/graph.hpp"

namespace checker {

// A relation on the events of a graph, as a bit matrix.
class Relation {
 public:
  void reset(int size);
  void add(int from, int to) { row(from)[to / 64] |= bit(to); }
  bool has(int from, int to) const { return (row(from)[to / 64] & bit(to)) != 0; }
  // row(from) u= other.row(other_from)
  void add_row(int from, const Relation& other, int other_from);
  void add_all(const Relation& other);
  void add_composition(const Relation& left, const Relation& right);
  void close();
  bool reflexive_anywhere() const;

 private:
  static std::uint64_t bit(int column) { return std::uint64_t{1} << column % 64; }
  std::uint64_t* row(int r) { return bits_.data() + static_cast<std::size_t>(r) * words_; }
  const std::uint64_t* row(int r) const { return bits_.data() + static_cast<std::size_t>(r) * words_; }

  int size_ = 0;
  std::size_t words_ = 0;
  std::vector<std::uint64_t> bits_;
};

class SequentialConsistency {
 public:
  bool holds(const Graph& g);

 private:
  void collect(const Graph& g);
  void collect_pair(const Graph& g, int i, int j);
  void add_bases(const Graph& g);
  void add_fences(const Graph& g);

  Relation order_elsewhere_;  // po between different cells
  Relation hb_, base_;        // base_: scb
  Relation eco_, left_, right_, psc_, step_, path_;
};

}  // namespace checker
