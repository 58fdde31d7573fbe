// Hints of an index, answered by a choice of the engine. Any value of a hint is sound (core/freelist/hints.hpp), so no engine
// remembers what was written: a load is answered by one of a few values that lead elsewhere, and an exchange by its success or
// its failure. What rests on exact hints (FL-5, and that an optimistic allocation takes the largest) is nothing that a scenario
// with an index can demand.
//
//     largest    before all roots, and the largest size of each: where the search of an optimistic allocation begins
//     segments   none, or so many that a slab is larger
//     merged     all insertions, or one less: whether a merge may help
//     last       all insertions, or long ago: whether a merge is due
//     pressed    not, or for one merge more
//     merging    nobody merges, or somebody does
//
// Thread safety: a value; choose(n) is the engine's, a number below n. Invariants: none rests on a hint.
#pragma once

#include <cstdint>
#include <limits>

#include "core/layout/geometry.hpp"
#include "core/words/orders.hpp"
#include "models/scenario/internals.hpp"

namespace rarena::models {

constexpr bool is_hint(Site site) { return site >= Site::hint_load && site <= Site::hint_lower; }

template <class Choose>
class HintChoices {
 public:
  HintChoices(const Geometry& geometry, Choose choose) : geometry_(geometry), choose_(choose) {}

  std::uint64_t load(Place place) const {
    constexpr std::uint64_t segments = 12, insertions = 1000;
    const auto either = [&](std::uint64_t one, std::uint64_t other) { return choose_(2) == 0 ? one : other; };
    if (place == geometry_.largest().place) return largest();
    if (place == geometry_.inserted().place) return insertions;
    if (place == geometry_.merged().place)
      return Coverage(static_cast<std::uint32_t>(either(insertions, insertions - 1)), null_offset).bits();
    if (place == geometry_.last_merge().place) return either(insertions, 0);
    if (place == geometry_.segments().place) return either(0, segments);
    return either(0, 1);  // pressed
  }
  // What an exchange finds, which compares with `expected`. The one of `largest` in a loop comes to its end.
  std::uint64_t exchange(std::uint64_t expected) const { return choose_(2) == 0 ? expected : expected + 1; }
  // What an addition finds. Of `largest`: nothing to be raised; of `merging`: that somebody merges, and not for too long.
  std::uint64_t add(Place place) const { return place == geometry_.largest().place ? std::numeric_limits<Size>::max() : 1; }

 private:
  std::uint64_t largest() const {
    const IndexShape& shape = geometry_.index_shape();
    const unsigned root = choose_(shape.roots + 1);
    return root == shape.roots ? std::numeric_limits<Size>::max() : (std::uint64_t{2} << (shape.first + root)) - 1;
  }

  const Geometry& geometry_;
  Choose choose_;
};

}  // namespace rarena::models
