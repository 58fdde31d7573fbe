// Rewinding: plans that let the cursor go down to a position, above which nothing remains: no free segment, no descriptor.
//
// What lies below the position stays where it is, as far as that is possible:
//
//     nothing above     the cursor goes down. Two words, whatever the lists hold
//     in place          free segments that reach above leave the list, each group of neighbours by one store, and come back cut
//                       to the position; one whose descriptor lies above comes back with an unused one from below.
//                       Descriptors below that are in use no more are unused. Above the position lie so many words as change
//     anew              where too few descriptors lie below, or the position goes through one, the list is made anew out of all
//                       free bytes below (relist.hpp)
//
// In place nothing is joined and no descriptor is released: compaction does that. A process that is killed in between leaves a
// sound arena in which some bytes are unlisted: of a list that changes in place those that would have come back, and the
// descriptors that would be unused; of one that is made anew all of them.
//
// How many of the discarded bytes lay above the position is not recorded; the counter keeps those that certainly lay below, so
// that it never exceeds what there is.
//
// Progress, thread safety: plan.hpp; O(free segments) but for plan_lowering, O(n log n) where the list is made anew. They throw
// std::bad_alloc. Invariants: SEG-1, SEG-2, FL-1, FL-3, REC-2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "plan.hpp"
#include "structure.hpp"

namespace rarena::detail {

// What an exclusive operation does to the lists.
struct ListChange {
  enum class Kind : std::uint8_t { in_place, anew, emptied };

  Plan plan;
  Kind kind = Kind::in_place;
  std::vector<Extent> gone = {};  // in place: these segments have left the list, and
  std::vector<Extent> come = {};  // these have come: what remains of some of those
  Offset end = null_offset;       // what is listed afterwards lies below this offset, and below the cursor
};

// `position` is in [data_offset, allocated], and the structure has been examined and is sound. Of a list that is made anew so
// many unused descriptors are kept.
ListChange plan_rewind(const MemoryView& view, const Structure& structure, Offset position, std::size_t kept = kept_spare);

// The same where everything that is listed lies below `end`, and below the position. O(1).
ListChange plan_lowering(const MemoryView& view, Offset position, Offset end);

// An offset below which all lies that the lists name, by following them and looking at nothing else; nothing if a link or an
// extent leads out of the memory, or a list does not end. O(free segments), a sixth of what an examination takes.
std::optional<Offset> end_of_lists(const MemoryView& view);

}  // namespace rarena::detail
