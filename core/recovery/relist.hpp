// Relisting: plans of the exclusive operations that make the freelist anew.
//
//     rebuild     the freelist is the exact complement of what the user says is live; neighbours are one segment
//     compact     free segments that are neighbours become one, and the topmost goes back to the cursor
//     rewind      the cursor goes down to a position; nothing above it remains: no free segment, no descriptor
//
// Rebuild and rewind empty the list first and publish the new one with one store at their end: a process that is killed in
// between leaves a sound arena whose free bytes are unlisted, until it is rebuilt. Compaction moves one run of neighbours at
// a time, and risks the bytes of that run.
//
// Those that empty the list plant the root boundaries of an index in the new one, and take back its tables. Compaction leaves
// the boundaries where they are: a segment that it moves passes them.
//
// They throw std::bad_alloc. A structure that is given has been examined, and is sound.
//
// Progress, thread safety: plan.hpp; O(n log n). Invariants: SEG-1, SEG-2, FL-1, REC-2.
#pragma once

#include <expected>
#include <span>

#include "../layout/error.hpp"
#include "plan.hpp"
#include "structure.hpp"

namespace rarena {

// Descriptors come out of the free bytes, first out of those that are too few to be kept. Empty live segments are passed
// over. Errors: out_of_range, overlapping_segments.
std::expected<Plan, Error> plan_rebuild(const MemoryView& view, std::span<const Extent> live);

Plan plan_compaction(const MemoryView& view, const Structure& structure);

// `position` is in [data_offset, allocated]. How many of the discarded bytes lay above it is not recorded; the counter keeps
// those that certainly lay below, so that it never exceeds what there is.
Plan plan_rewind(const MemoryView& view, const Structure& structure, Offset position);

// The cursor at data_offset, and nothing below it. It reads nothing of the lists, so it also helps where they are damaged.
Plan plan_clear(const MemoryView& view);

}  // namespace rarena
