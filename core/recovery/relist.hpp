// Relisting: plans of the exclusive operations that make the freelist anew.
//
//     rebuild     the freelist is the exact complement of what the user says is live; neighbours are one segment
//     compact     free segments that are neighbours become one, and the topmost goes back to the cursor
//     rewind      the cursor goes down to a position, where the list cannot be changed in place (rewind.hpp)
//
// Rebuild and this rewind make the list anew, as new_list.hpp says: descriptors that nobody needs are free bytes again, the
// others lie in one slab or in the smallest holes, so that none of them separates free bytes. Compaction does the same, unless
// it is enough to join neighbours: if then no descriptor separates free bytes, nor more are unused than are kept, it moves
// none.
//
// Nothing is discarded for being small. Compaction and rewind list whatever was listed, of any size. A rebuild lists what has
// 16 bytes and more: a descriptor for less would cost more than it brings. Compaction discards nothing, because the descriptors
// that there were are enough. A rewind, which has lost those above the position, discards the smallest segments if too few
// remain; so does a rebuild of a full memory whose free bytes have no room for a descriptor.
//
// Rebuild and rewind empty the list first and publish the new one with one store at their end: a process that is killed in
// between leaves a sound arena whose free bytes are unlisted, until it is rebuilt. Compaction that joins moves one run of
// neighbours at a time, and risks the bytes of that run. If it makes the list anew, it writes it beside the old one, which
// stands until one store takes its place, and risks the unused descriptors; where no hole has room for that, it does as the
// others.
//
// A list that is made anew has the root boundaries of an index, and its tables are taken back. Compaction that joins leaves the
// boundaries where they are: a segment that it moves passes them.
//
// `kept` says how many unused descriptors need not be released. They throw std::bad_alloc. A structure that is given has been
// examined, and is sound.
//
// Progress, thread safety: plan.hpp; O(n log n). Invariants: SEG-1, SEG-2, FL-1, REC-2.
#pragma once

#include <cstddef>
#include <expected>
#include <span>

#include "../layout/error.hpp"
#include "plan.hpp"
#include "structure.hpp"

namespace rarena::detail {

// Empty live segments are passed over. Errors: out_of_range, overlapping_segments.
std::expected<Plan, Error> plan_rebuild(const MemoryView& view, std::span<const Extent> live);

Plan plan_compaction(const MemoryView& view, const Structure& structure, std::size_t kept = kept_spare);

// The free bytes below `position`, which is in [data_offset, allocated], and the cursor there. The counter of discarded bytes
// is that of rewind.hpp.
Plan plan_relisting_below(const MemoryView& view, const Structure& structure, Offset position, std::size_t kept);

// The cursor at data_offset, and nothing below it. It reads nothing of the lists, so it also helps where they are damaged.
Plan plan_clear(const MemoryView& view);

}  // namespace rarena::detail
