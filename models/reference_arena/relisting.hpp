// Relisting: a freelist that is put together anew, by a rewind, a rebuild, a compaction or an opening: which segments it names,
// and where its descriptors lie.
//
// Every place for the descriptors is a proposal: slots in one hole, and what they leave of it. The first proposal that has a
// slot for all is taken; if there is none, holes are given up one by one.
//
// Thread safety: a value. Invariants: SEG-2 (what it gives up, the caller counts as discarded).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "models/reference_arena/reference_arena.hpp"

namespace rarena::reference {

class ReferenceArena::Relisting {
 public:
  struct Ground {
    std::vector<Extent> holes = {};  // by offset
    Extent room = {};                // above them
    std::uint64_t begin = 0;         // of the data
    std::uint64_t least = 1;         // a smaller segment is not listed
    std::size_t spare = 0;           // unused slots that are wanted
    std::set<Offset> taken = {};     // where no slot may be
  };

  explicit Relisting(Ground ground) : ground_(std::move(ground)), top(ground_.room.offset) {
    for (const Extent hole : ground_.holes)
      if (lists(hole)) segments.push_back(hole);
    // From the smallest to the largest, of equal ones the highest first.
    std::ranges::sort(segments,
                      [](Extent a, Extent b) { return a.size < b.size || (a.size == b.size && a.offset > b.offset); });
    if (segments.empty() && ground_.spare == 0) return;
    one = at_the_begin() || in_a_hole() || in_the_room();
    if (one) return;
    hole_by_hole();
    from_the_room();
    whole = segments.size() <= slots.size();
    while (segments.size() > slots.size()) segments.erase(std::ranges::min_element(segments, smaller));
  }

  template <class Before>
  void sort(Before before) {
    std::ranges::sort(segments, before);
    std::ranges::sort(slots);
  }

  // Of segments and descriptors.
  std::uint64_t bytes() const {
    std::uint64_t sum = slot * slots.size();
    for (const Extent segment : segments) sum += segment.size;
    return sum;
  }

 private:
  static constexpr std::uint64_t slot = 16;
  // Slots from `at` on, and the pieces of the hole that are left and listed.
  struct Proposal {
    std::uint64_t at = 0, count = 0;
    std::vector<Extent> pieces;
  };

  static std::uint64_t up(std::uint64_t n) { return (n + slot - 1) / slot * slot; }
  static Extent span(std::uint64_t from, std::uint64_t to) { return {static_cast<Offset>(from), static_cast<Size>(to - from)}; }
  static bool smaller(Extent a, Extent b) { return a.size < b.size || (a.size == b.size && a.offset > b.offset); }
  bool lists(Extent e) const { return e.size != 0 && e.size >= ground_.least; }

  Proposal propose(Extent hole, std::uint64_t at, std::uint64_t count) const {
    Proposal p{at, count, {}};
    for (const Extent piece : {span(hole.offset, at), span(at + count * slot, hole.end())})
      if (lists(piece)) p.pieces.push_back(piece);
    return p;
  }
  bool free_of_taken(const Proposal& p) const {
    for (std::uint64_t i = 0; i < p.count; ++i)
      if (ground_.taken.contains(static_cast<Offset>(p.at + i * slot))) return false;
    return true;
  }
  void accept(const Proposal& p) {
    for (std::uint64_t i = 0; i < p.count; ++i) slots.push_back(static_cast<Offset>(p.at + i * slot));
    segments.insert(segments.end(), p.pieces.begin(), p.pieces.end());
  }

  // As many slots from an edge of the hole on as fit before one that is taken, but not more than `others` need with the pieces
  // of this one.
  std::optional<Proposal> from_edge(Extent hole, bool low, std::uint64_t others) const {
    const std::uint64_t first = up(hole.offset), last = hole.end() / slot * slot;
    if (first + slot > hole.end()) return std::nullopt;
    const std::uint64_t scrap = lists(low ? span(hole.offset, first) : span(last, hole.end())) ? 1 : 0;
    std::optional<Proposal> best;
    for (std::uint64_t count = 1; count <= std::min((last - first) / slot, others + scrap + 1); ++count) {
      const Proposal p = propose(hole, low ? first : last - count * slot, count);
      if (!free_of_taken(p)) break;
      best = p;
    }
    return best && best->count >= best->pieces.size() ? best : std::nullopt;
  }

  bool at_the_begin() {
    if (ground_.holes.empty() || ground_.holes.front().offset > up(ground_.begin)) return false;
    const auto hole = std::ranges::find(segments, ground_.holes.front());
    if (hole == segments.end()) return false;
    const std::size_t others = segments.size() - 1;
    const auto p = from_edge(*hole, true, others + ground_.spare);
    if (!p || p->count < others + p->pieces.size()) return false;
    segments.erase(hole);
    accept(*p);
    return true;
  }

  // All slots at an edge of the hole, in half of it at most; `others` segments are not this hole.
  std::optional<Proposal> at_edge(Extent hole, bool low, std::size_t others) const {
    const std::uint64_t edge = low ? up(hole.offset) : hole.end() / slot * slot;
    if (edge < hole.offset || edge > hole.end()) return std::nullopt;
    const std::uint64_t usable = low ? hole.end() - edge : edge - hole.offset;
    const bool scrap = lists(low ? span(hole.offset, edge) : span(edge, hole.end()));
    const std::uint64_t count = others + ground_.spare + (scrap ? 1 : 0);
    if (count * slot > usable / 2) return std::nullopt;
    const Proposal p = propose(hole, low ? edge : edge - count * slot, count);
    return free_of_taken(p) ? std::optional(p) : std::nullopt;
  }

  bool in_a_hole() {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      auto p = at_edge(segments[i], true, segments.size());
      if (!p) p = at_edge(segments[i], false, segments.size());
      if (!p) continue;
      segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(i));
      accept(*p);
      return true;
    }
    return false;
  }

  bool in_the_room() {
    auto p = at_edge(ground_.room, true, segments.size());
    if (!p) return false;
    take_of_room(*p);
    return true;
  }
  // The room behind the slots is no segment.
  void take_of_room(Proposal p) {
    std::erase_if(p.pieces, [&](Extent e) { return e.offset >= p.at; });
    accept(p);
    top = p.at + p.count * slot;
  }

  void hole_by_hole() {
    const std::vector<Extent> by_size = segments;
    const std::size_t reserved = ground_.spare > 16 ? ground_.spare : 0;
    for (const Extent hole : by_size) {
      if (segments.size() + reserved <= slots.size()) return;
      const std::uint64_t others = segments.size() + reserved - 1 - slots.size();
      auto p = from_edge(hole, true, others);
      if (!p) p = from_edge(hole, false, others);
      if (!p) continue;
      std::erase(segments, hole);
      accept(*p);
    }
  }

  void from_the_room() {
    if (segments.size() <= slots.size()) return;
    const std::uint64_t at = up(ground_.room.offset), end = ground_.room.end();
    const std::uint64_t scrap = lists(span(ground_.room.offset, at)) ? 1 : 0;
    const std::uint64_t fitting = at < end ? (end - at) / slot : 0;
    std::uint64_t count = std::min<std::uint64_t>(segments.size() - slots.size() + scrap, fitting);
    while (count > 0 && !free_of_taken({at, count, {}})) --count;
    if (count > scrap) take_of_room(propose(ground_.room, at, count));
  }

  Ground ground_;

 public:
  std::uint64_t top;  // where the cursor is
  std::vector<Extent> segments;
  std::vector<Offset> slots;
  bool whole = true;  // every segment has its slot,
  bool one = true;    // in one slab
};

}  // namespace rarena::reference
