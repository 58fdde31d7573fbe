// NewList: the freelist that an exclusive operation is going to publish: which bytes are free segments, and where their
// descriptors lie. A pure function of the ground that it is made on.
//
// The ground is holes: the longest ranges of bytes that nobody owns, with the descriptors that lie in them now. Nobody else is
// at work, so a descriptor is bytes like any others, and may go elsewhere. The new ones lie, the first way that has room for
// all:
//
//     one slab      at the beginning of the data, if a hole is there; or else at an edge of the smallest hole that has room for
//                   it; or else at the beginning of the room above the data. Of the last two it takes half at most, so that
//                   large pieces stay
//     small holes   the smallest ones become descriptors, until what is left has one each; where slots are taken, as much of
//                   them as lies at an edge
//     the room      gives what is still missing
//
// None of these separates free bytes, until its neighbours are freed; below the first there are none. Unused descriptors are
// kept for the next segments that are freed, in the one slab: as many as there were, as far as it has room, and not more than a
// slab has, or than the user has reserved. With none, the first of those segments would give a slab of its own bytes, which
// would then lie between free ones. Reserved ones are kept in small holes, too.
//
// What has no descriptor is discarded: what is smaller than `least`, and where even the room gives too few descriptors, the
// smallest segments. Bytes that aligning a slab cuts off are a segment as any other, if they are not too few.
//
// Progress: O(n log n). Thread safety: functions of their arguments. Invariants: SEG-1 (segments and descriptors are disjoint
// and in the ground), SEG-2 (what is discarded is the rest of it). Not part of the public interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../layout/link.hpp"
#include "../layout/prefix.hpp"
#include "structure.hpp"

namespace rarena::detail::recovery {

struct Ground {
  Freelist kind = Freelist::none;
  Size least = 1;                  // a smaller segment is not listed
  Offset begin = null_offset;      // of the data
  std::vector<Extent> holes = {};  // by offset; no two touch
  Extent room = {};                // from the cursor on
  std::size_t spare = 0;           // unused descriptors, where one slab holds all
  std::vector<Offset> taken = {};  // by offset: slots where no new descriptor may lie
};

class NewList {
 public:
  explicit NewList(Ground ground);

  // Whether everything that is to be listed has a descriptor, and whether all lie in one slab.
  bool complete() const { return complete_; }
  bool in_one_slab() const { return in_one_slab_; }
  // The segments in the order of the list; the n-th one has the n-th descriptor, and those behind these are unused.
  std::span<const Extent> segments() const { return segments_; }
  std::span<const Offset> descriptors() const { return slots_; }
  // Where the cursor is, behind what was taken of the room.
  std::uint64_t cursor() const { return ground_.room.offset; }
  // Of segments and descriptors.
  std::uint64_t bytes() const;

 private:
  // A hole, or the room, with slots at one of its edges.
  struct Cut {
    Extent scrap;  // what aligning the slab cuts off
    Extent slots;
    Extent rest;
  };
  bool lists(Extent e) const { return !e.empty() && e.size >= ground_.least; }
  std::size_t count(Extent e) const { return lists(e) ? 1 : 0; }
  bool taken(std::uint64_t slot) const;
  Cut cut(Extent hole, bool at_end, std::uint64_t most) const;
  std::optional<Cut> slab_in(Extent hole, bool at_end) const;
  bool use_hole(Extent& hole, bool at_end, std::size_t& listed, std::size_t spare, std::vector<Extent>& pieces);
  bool put_slab_at_begin();
  bool put_slab_into_room();
  bool put_slab_into_hole();
  void use_small_holes();
  void use_room();
  void drop_smallest();
  void add_slots(Extent slots);
  void add_segment(Extent segment) {
    if (lists(segment)) segments_.push_back(segment);
  }

  Ground ground_;
  std::vector<Extent> segments_;
  std::vector<Offset> slots_;
  bool complete_ = true;
  bool in_one_slab_ = false;
};

// What the lists of a structure name, below `position`: everything that is free or a descriptor. The discarded bytes are not in
// it: where they are, nobody knows.
std::vector<Extent> holes_of(const Structure& structure, std::uint64_t position);

// The ground of a structure whose cursor may go down, in a memory of `capacity` bytes. Of its unused descriptors so many are
// kept.
Ground ground_of(const Structure& structure, Size capacity, std::size_t kept);

// The same, where the list that there is must stand until the new one takes its place: no descriptor in use may be overwritten;
// nor an unused one, if that is said of the stack, too.
Ground ground_beside(const Structure& structure, Size capacity, std::size_t kept, bool stack_too);

// Whether lists are as good as new ones: no free segment touches another one or the cursor, descriptors separate no two of 16
// bytes and more, nor one from the cursor, and not more descriptors are unused than are kept.
bool in_order(const Structure& structure, std::size_t kept);

}  // namespace rarena::detail::recovery
