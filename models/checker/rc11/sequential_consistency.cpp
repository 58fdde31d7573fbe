#include "sequential_consistency.hpp"

#include <algorithm>

namespace checker {

void Relation::reset(int size) {
  size_ = size;
  words_ = static_cast<std::size_t>(size + 63) / 64;
  bits_.assign(static_cast<std::size_t>(size) * words_, 0);
}

void Relation::add_row(int from, const Relation& other, int other_from) {
  for (std::size_t k = 0; k < words_; ++k) row(from)[k] |= other.row(other_from)[k];
}

void Relation::add_all(const Relation& other) {
  for (std::size_t k = 0; k < bits_.size(); ++k) bits_[k] |= other.bits_[k];
}

void Relation::add_composition(const Relation& left, const Relation& right) {
  for (int i = 0; i < size_; ++i)
    for (int j = 0; j < size_; ++j)
      if (left.has(i, j)) add_row(i, right, j);
}

void Relation::close() {
  for (int k = 0; k < size_; ++k)
    for (int i = 0; i < size_; ++i)
      if (has(i, k)) add_row(i, *this, k);
}

bool Relation::reflexive_anywhere() const {
  for (int i = 0; i < size_; ++i)
    if (has(i, i)) return true;
  return false;
}

namespace {

bool is_sc(const Event& e) {
  return (e.kind == Kind::read || e.kind == Kind::write || e.kind == Kind::fence) && e.order() == Order::seq_cst;
}
bool is_sc_fence(const Event& e) { return e.kind == Kind::fence && is_sc(e); }

bool from_read(const Graph& g, const Event& read, Stamp w) {
  const Event& write = g[w];
  const bool own_update = read.updates && write.updates && write.thread == read.thread && write.index == read.index + 1;
  return read.source != w && g.place_of(read.source) < write.place && !own_update;
}

// Plain accesses are steps of program order too, of cells of their own: two accesses of one cell with one between are, by way
// of it, ordered elsewhere.
bool plain_between(const Graph& g, const Event& a, const Event& b) {
  return std::ranges::any_of(g.log(a.thread), [&](const Access& x) { return a.index < x.position && x.position <= b.index; });
}

}  // namespace

// Fills hb, po between different cells, eco's generators, and those parts of scb that are single edges.
void SequentialConsistency::collect_pair(const Graph& g, int i, int j) {
  const Event &a = g[static_cast<Stamp>(i)], &b = g[static_cast<Stamp>(j)];
  const bool same = a.cell != no_cell && a.cell == b.cell;
  if (a.thread == b.thread && a.index < b.index) {
    base_.add(i, j);
    if (!same || plain_between(g, a, b)) order_elsewhere_.add(i, j);
  }
  if (a.in(b.happens_before)) {
    hb_.add(i, j);
    if (same) base_.add(i, j);
  }
  if (!same) return;
  const bool a_writes = a.kind == Kind::write, b_writes = b.kind == Kind::write;
  const bool coherence = a_writes && b_writes && a.place < b.place;
  if (coherence || (!a_writes && b_writes && from_read(g, a, static_cast<Stamp>(j)))) {
    eco_.add(i, j);
    base_.add(i, j);
  }
  if (a_writes && !b_writes && b.source == i) eco_.add(i, j);
}

void SequentialConsistency::collect(const Graph& g) {
  for (Relation* r : {&order_elsewhere_, &hb_, &base_, &eco_, &left_, &right_, &psc_, &step_, &path_}) r->reset(g.size());
  for (int i = 0; i < g.size(); ++i)
    for (int j = 0; j < g.size(); ++j)
      if (i != j) collect_pair(g, i, j);
  eco_.close();
  step_.add_composition(order_elsewhere_, hb_);
  base_.add_composition(step_, order_elsewhere_);
}

// psc_base = ([SC] u [SC fence]; hb?); scb; ([SC] u hb?; [SC fence])
void SequentialConsistency::add_bases(const Graph& g) {
  for (int i = 0; i < g.size(); ++i) {
    const Event& e = g[static_cast<Stamp>(i)];
    if (!is_sc(e)) continue;
    left_.add(i, i);
    right_.add(i, i);
    if (!is_sc_fence(e)) continue;
    left_.add_row(i, hb_, i);
    for (int j = 0; j < g.size(); ++j)
      if (hb_.has(j, i)) right_.add(j, i);
  }
  step_.reset(g.size());
  step_.add_composition(left_, base_);
  psc_.add_composition(step_, right_);
}

// psc_F = [SC fence]; (hb u hb; eco; hb); [SC fence]
void SequentialConsistency::add_fences(const Graph& g) {
  step_.reset(g.size());
  step_.add_composition(hb_, eco_);
  path_.add_composition(step_, hb_);
  path_.add_all(hb_);
  for (int i = 0; i < g.size(); ++i)
    for (int j = 0; j < g.size(); ++j)
      if (is_sc_fence(g[static_cast<Stamp>(i)]) && is_sc_fence(g[static_cast<Stamp>(j)]) && path_.has(i, j)) psc_.add(i, j);
}

bool SequentialConsistency::holds(const Graph& g) {
  int count = 0;
  for (int i = 0; i < g.size(); ++i) count += is_sc(g[static_cast<Stamp>(i)]);
  if (count < 2) return true;
  collect(g);
  add_bases(g);
  add_fences(g);
  psc_.close();
  return !psc_.reflexive_anywhere();
}

}  // namespace checker
