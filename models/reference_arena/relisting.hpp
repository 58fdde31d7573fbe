// Relisting: a freelist that is put together anew, by a rewind or a rebuild: which segments it names, and where its descriptors
// lie.
//
// Thread safety: a value. Invariants: SEG-2 (what it gives up, the caller counts as discarded).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/reference_arena/reference_arena.hpp"

namespace rarena::reference {

class ReferenceArena::Relisting {
 public:
  explicit Relisting(std::function<bool(Extent)> keeps) : keeps_(std::move(keeps)) {}

  void add(Extent part) {
    if (part.size != 0) (keeps_(part) ? segments : scraps_).push_back(part);
  }
  // How many segments have no descriptor yet.
  std::size_t missing() const { return segments.size() - std::min(segments.size(), slots.size()); }

  // What is too small to be listed serves for descriptors first.
  void slots_from_scraps() {
    for (const Extent scrap : scraps_)
      for (std::uint64_t at = up(scrap.offset); missing() != 0 && at + slot <= scrap.end(); at += slot) add_slot(at);
  }

  // Then the smallest segments do, of equal ones the highest: one slot more than the others miss, for what remains of it.
  void slots_from_segments() {
    while (missing() != 0) {
      const auto smallest = std::ranges::min_element(
          segments, [](Extent a, Extent b) { return a.size < b.size || (a.size == b.size && a.offset > b.offset); });
      const Extent whole = *smallest;
      segments.erase(smallest);
      const std::size_t wanted = missing() + 1;
      std::size_t taken = 0;
      std::uint64_t at = up(whole.offset);
      for (; taken < wanted && at + slot <= whole.end(); at += slot, ++taken) add_slot(at);
      const Extent rest{static_cast<Offset>(at), static_cast<Size>(whole.end() - std::min(whole.end(), at))};
      if (taken == wanted && rest.size != 0 && keeps_(rest)) segments.push_back(rest);
    }
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

  std::vector<Extent> segments;
  std::vector<Offset> slots;

 private:
  static constexpr std::uint64_t slot = 16;

  static std::uint64_t up(std::uint64_t n) { return (n + slot - 1) / slot * slot; }
  void add_slot(std::uint64_t at) { slots.push_back(static_cast<Offset>(at)); }

  std::function<bool(Extent)> keeps_;
  std::vector<Extent> scraps_;
};

}  // namespace rarena::reference
