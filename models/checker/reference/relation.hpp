// Binary relations over the events 0..15 as bit matrices, with the operations that axioms are written in.
//
// Thread safety: values only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace checker::reference {

inline constexpr std::size_t max_events = 16;

class Relation {
 public:
  bool has(std::size_t a, std::size_t b) const { return (rows_[a] >> b & 1U) != 0; }
  void add(std::size_t a, std::size_t b) { rows_[a] = static_cast<std::uint16_t>(rows_[a] | 1U << b); }

  friend Relation operator|(Relation a, const Relation& b) {
    for (std::size_t i = 0; i < max_events; ++i) a.rows_[i] |= b.rows_[i];
    return a;
  }

  friend Relation operator&(Relation a, const Relation& b) {
    for (std::size_t i = 0; i < max_events; ++i) a.rows_[i] &= b.rows_[i];
    return a;
  }

  // a then b: the composition a ; b of the papers.
  friend Relation operator*(const Relation& a, const Relation& b) {
    Relation result;
    for (std::size_t i = 0; i < max_events; ++i)
      for (std::size_t j = 0; j < max_events; ++j)
        if (a.has(i, j)) result.rows_[i] |= b.rows_[j];
    return result;
  }

  // The transitive closure a+.
  Relation closure() const {
    Relation result = *this;
    for (std::size_t k = 0; k < max_events; ++k)
      for (std::size_t i = 0; i < max_events; ++i)
        if (result.has(i, k)) result.rows_[i] |= result.rows_[k];
    return result;
  }

  Relation inverse() const {
    Relation result;
    for (std::size_t i = 0; i < max_events; ++i)
      for (std::size_t j = 0; j < max_events; ++j)
        if (has(i, j)) result.add(j, i);
    return result;
  }

  // a?: a and the identity.
  Relation optional() const { return *this | identity(); }

  bool irreflexive() const {
    for (std::size_t i = 0; i < max_events; ++i)
      if (has(i, i)) return false;
    return true;
  }

  bool acyclic() const { return closure().irreflexive(); }

  // The pairs (i, j) for which predicate(i, j) holds, for i and j below count.
  template <class Predicate>
  static Relation where(std::size_t count, Predicate predicate) {
    Relation result;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < count; ++j)
        if (predicate(i, j)) result.add(i, j);
    return result;
  }

  // [A] of the papers: the identity on the events for which predicate(i) holds.
  template <class Predicate>
  static Relation on(std::size_t count, Predicate predicate) {
    Relation result;
    for (std::size_t i = 0; i < count; ++i)
      if (predicate(i)) result.add(i, i);
    return result;
  }

  static Relation identity() {
    return on(max_events, [](std::size_t) { return true; });
  }

 private:
  std::array<std::uint16_t, max_events> rows_{};
};

}  // namespace checker::reference
