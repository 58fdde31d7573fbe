#include "new_list.hpp"

#include <algorithm>
#include <utility>

#include "../freelist/policy.hpp"

namespace rarena::detail::recovery {

namespace {

std::uint64_t total(std::span<const Extent> extents) {
  std::uint64_t bytes = 0;
  for (const Extent e : extents) bytes += e.size;
  return bytes;
}

// A part of a hole: a free segment, or a descriptor.
struct Part {
  Extent extent;
  bool free = false;
};

std::vector<Part> parts_of(const Structure& structure) {
  std::vector<Part> parts;
  parts.reserve(2 * structure.free.size() + structure.spare.size());
  for (const ListedSegment& s : structure.free) {
    parts.push_back({s.extent, true});
    parts.push_back({{s.descriptor, descriptor_size}});
  }
  for (const Offset spare : structure.spare) parts.push_back({{spare, descriptor_size}});
  std::ranges::sort(parts, {}, [](const Part& p) { return p.extent.offset; });
  return parts;
}

}  // namespace

NewList::NewList(Ground ground) : ground_(std::move(ground)) {
  if (ground_.kind == Freelist::none) return;
  for (const Extent hole : ground_.holes) add_segment(hole);
  // The smallest, and of equal ones the highest, comes last.
  std::ranges::sort(segments_, [](Extent a, Extent b) { return a.size > b.size || (a.size == b.size && a.offset < b.offset); });
  const bool nothing = segments_.empty() && ground_.spare == 0;
  in_one_slab_ = nothing || put_slab_at_begin() || put_slab_into_hole() || put_slab_into_room();
  if (!in_one_slab_) {
    use_small_holes();
    use_room();
    drop_smallest();
  }
  std::ranges::sort(segments_, [&](Extent a, Extent b) {
    return precedes(ground_.kind, a.size, b.size) || (a.size == b.size && a.offset < b.offset);
  });
  std::ranges::sort(slots_);
}

std::uint64_t NewList::bytes() const { return total(segments_) + slots_.size() * std::uint64_t{descriptor_size}; }

bool NewList::taken(std::uint64_t slot) const { return std::ranges::binary_search(ground_.taken, static_cast<Offset>(slot)); }

void NewList::add_slots(Extent slots) {
  for (std::uint64_t slot = slots.offset; slot < slots.end(); slot += descriptor_size)
    slots_.push_back(static_cast<Offset>(slot));
}

// The slots at an edge of a hole, before the first one that is taken, and not more than `most`.
auto NewList::cut(Extent hole, bool at_end, std::uint64_t most) const -> Cut {
  std::uint64_t begin = std::min(align_up(hole.offset, descriptor_size), hole.end()), end = hole.end();
  if (at_end) {
    begin = end = std::max<std::uint64_t>(end / descriptor_size * descriptor_size, hole.offset);
    for (; most != 0 && begin - hole.offset >= descriptor_size && !taken(begin - descriptor_size); --most)
      begin -= descriptor_size;
    return {extent_between(end, hole.end()), extent_between(begin, end), extent_between(hole.offset, begin)};
  }
  for (end = begin; most != 0 && hole.end() - end >= descriptor_size && !taken(end); --most) end += descriptor_size;
  return {extent_between(hole.offset, begin), extent_between(begin, end), extent_between(end, hole.end())};
}

// The slab for all segments, for the unused descriptors and for what it cuts off.
auto NewList::slab_in(Extent hole, bool at_end) const -> std::optional<Cut> {
  const Extent scrap = cut(hole, at_end, 0).scrap;
  const std::uint64_t slots = segments_.size() + ground_.spare + count(scrap);
  if (2 * slots * descriptor_size > hole.size - scrap.size) return std::nullopt;
  const Cut slab = cut(hole, at_end, slots);
  return slab.slots.size == slots * descriptor_size ? std::optional(slab) : std::nullopt;
}

bool NewList::put_slab_into_room() {
  const auto cut = slab_in(ground_.room, false);
  if (!cut) return false;
  add_slots(cut->slots);
  add_segment(cut->scrap);
  ground_.room = cut->rest;
  return true;
}

bool NewList::put_slab_into_hole() {
  for (auto hole = segments_.rbegin(); hole != segments_.rend(); ++hole) {
    for (const bool at_end : {false, true}) {
      const auto cut = slab_in(*hole, at_end);
      if (!cut) continue;
      *hole = cut->rest;
      add_slots(cut->slots);
      add_segment(cut->scrap);
      return true;
    }
  }
  return false;
}

// Makes descriptors of a hole, from an edge on, for what is not `listed` with one yet, for unused ones and for what remains of
// the hole, which are pieces. false: it does not give more than its pieces need.
bool NewList::use_hole(Extent& hole, bool at_end, std::size_t& listed, std::size_t spare, std::vector<Extent>& pieces) {
  const Extent scrap = cut(hole, at_end, 0).scrap;
  const Cut slab = cut(hole, at_end, listed + spare - slots_.size() + count(scrap));  // with one for the rest, or to spare
  const std::size_t more = count(slab.scrap) + count(slab.rest);
  if (slab.slots.size / descriptor_size < more || slab.slots.empty()) return false;
  add_slots(slab.slots);
  for (const Extent piece : {slab.scrap, slab.rest})
    if (lists(piece)) pieces.push_back(piece);
  listed = listed - 1 + more;
  hole = {};
  return true;
}

bool NewList::put_slab_at_begin() {
  if (ground_.holes.empty() || ground_.holes.front().offset > align_up(ground_.begin, descriptor_size)) return false;
  const auto hole = std::ranges::find(segments_, ground_.holes.front());
  if (hole == segments_.end()) return false;
  const Extent whole = *hole;
  std::size_t listed = segments_.size();
  std::vector<Extent> pieces;
  if (use_hole(*hole, false, listed, ground_.spare, pieces) && slots_.size() >= listed) {
    segments_.erase(hole);
    segments_.insert(segments_.end(), pieces.begin(), pieces.end());
    return true;
  }
  *hole = whole;
  slots_.clear();
  return false;
}

void NewList::use_small_holes() {
  const std::size_t reserved = ground_.spare > kept_spare ? ground_.spare : 0;
  std::size_t listed = segments_.size();
  std::vector<Extent> pieces;
  for (auto hole = segments_.rbegin(); hole != segments_.rend() && slots_.size() < listed + reserved; ++hole)
    if (!use_hole(*hole, false, listed, reserved, pieces)) (void)use_hole(*hole, true, listed, reserved, pieces);
  std::erase_if(segments_, [](Extent e) { return e.empty(); });
  segments_.insert(segments_.end(), pieces.begin(), pieces.end());
}

void NewList::use_room() {
  if (slots_.size() >= segments_.size()) return;
  const Extent scrap = cut(ground_.room, false, 0).scrap;
  const Cut slab = cut(ground_.room, false, segments_.size() - slots_.size() + count(scrap));
  if (slab.slots.size / descriptor_size <= count(scrap)) return;
  add_slots(slab.slots);
  add_segment(scrap);
  ground_.room = slab.rest;
}

void NewList::drop_smallest() {
  if (slots_.size() >= segments_.size()) return;
  complete_ = false;
  std::ranges::sort(segments_, [](Extent a, Extent b) { return a.size > b.size || (a.size == b.size && a.offset < b.offset); });
  segments_.resize(slots_.size());
}

std::vector<Extent> holes_of(const Structure& structure, std::uint64_t position) {
  std::vector<Extent> holes;
  for (const Part& part : parts_of(structure)) {
    if (part.extent.offset >= position) break;
    const Extent below = extent_between(part.extent.offset, std::min(part.extent.end(), position));
    if (!holes.empty() && holes.back().end() == below.offset)
      holes.back().size += below.size;
    else
      holes.push_back(below);
  }
  return holes;
}

Ground ground_of(const Structure& structure, Size capacity, std::size_t kept) {
  Ground ground{.kind = structure.kind(), .begin = structure.data_offset, .spare = std::min(structure.spare.size(), kept)};
  ground.holes = holes_of(structure, structure.allocated);
  std::uint64_t cursor = structure.allocated;
  if (!ground.holes.empty() && ground.holes.back().end() == cursor) {
    cursor = ground.holes.back().offset;
    ground.holes.pop_back();
  }
  ground.room = extent_between(cursor, capacity);
  return ground;
}

Ground ground_beside(const Structure& structure, Size capacity, std::size_t kept, bool stack_too) {
  Ground ground = ground_of(structure, capacity, kept);
  if (stack_too) ground.taken = structure.spare;
  for (const ListedSegment& s : structure.free) ground.taken.push_back(s.descriptor);
  std::ranges::sort(ground.taken);
  return ground;
}

bool in_order(const Structure& structure, std::size_t kept) {
  if (structure.spare.size() > kept) return false;
  Part before;
  std::size_t large = 0;  // free segments of the hole that are no scraps
  for (const Part& part : parts_of(structure)) {
    const bool touches = part.extent.offset == before.extent.end();
    if (touches && before.free && part.free) return false;
    large = (touches ? large : 0) + (part.free && part.extent.size >= descriptor_size ? 1 : 0);
    if (large > 1) return false;
    before = part;
  }
  return before.extent.end() != structure.allocated || (large == 0 && !before.free);
}

}  // namespace rarena::detail::recovery
