#include "relist.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <vector>

#include "../freelist/policy.hpp"
#include "list_plan.hpp"

namespace rarena {

using recovery::ListPlan;

namespace {

std::uint64_t total(std::span<const Extent> extents) {
  std::uint64_t bytes = 0;
  for (const Extent e : extents) bytes += e.size;
  return bytes;
}

// The whole descriptor slots of an extent, at most `most`.
std::vector<Offset> slots_of(Extent extent, std::uint64_t most) {
  std::vector<Offset> slots;
  for (std::uint64_t slot = align_up(extent.offset, descriptor_size);
       slots.size() < most && slot + descriptor_size <= extent.end(); slot += descriptor_size)
    slots.push_back(static_cast<Offset>(slot));
  return slots;
}

// The free segments of a list to be, and where their descriptors go.
class NewList {
 public:
  NewList(Freelist kind, Size min) : kind_(kind), min_(min) {}

  // A free extent. What is too small to be kept may serve for descriptors.
  void add(Extent extent) {
    if (extent.empty()) return;
    const bool kept = kind_ != Freelist::none && extent.size >= min_;
    (kept ? segments_ : scraps_).push_back(extent);
  }
  // A descriptor slot that is there already.
  void add_slot(Offset descriptor) { slots_.push_back(descriptor); }

  bool needs_slots() const { return slots_.size() < segments_.size(); }
  std::uint64_t missing() const { return needs_slots() ? segments_.size() - slots_.size() : 0; }

  void take_slots_from_scraps() {
    for (const Extent scrap : scraps_) {
      if (!needs_slots()) return;
      std::ranges::copy(slots_of(scrap, missing()), std::back_inserter(slots_));
    }
  }

  // Turns the smallest segments, of equal ones the highest, into descriptors until the others have one each.
  void take_slots_from_segments();

  std::uint64_t free_bytes() const { return total(segments_); }
  std::uint64_t descriptor_bytes() const { return slots_.size() * std::uint64_t{descriptor_size}; }

  void publish(ListPlan& lists);

 private:
  Freelist kind_;
  Size min_;
  std::vector<Extent> segments_, scraps_;
  std::vector<Offset> slots_;
};

void NewList::take_slots_from_segments() {
  if (!needs_slots()) return;
  std::ranges::sort(segments_, [](Extent a, Extent b) { return a.size > b.size || (a.size == b.size && a.offset < b.offset); });
  while (needs_slots()) {
    const Extent segment = segments_.back();
    segments_.pop_back();
    // One slot more than the others miss: for what remains of this segment, or to spare.
    std::vector<Offset> slots = slots_of(segment, missing() + 1);
    const std::uint64_t cut = slots.empty() ? segment.end() : std::uint64_t{slots.back()} + descriptor_size;
    const Extent rest = extent_between(cut, segment.end());
    const bool kept = slots.size() == missing() + 1 && !rest.empty() && rest.size >= min_;
    if (kept) segments_.push_back(rest);
    std::ranges::copy(slots, std::back_inserter(slots_));
  }
}

void NewList::publish(ListPlan& lists) {
  std::ranges::sort(segments_, [&](Extent a, Extent b) {
    return precedes(kind_, a.size, b.size) || (a.size == b.size && a.offset < b.offset);
  });
  std::ranges::sort(slots_);
  lists.publish(segments_, slots_);
  lists.plant_roots(kind_, segments_.size(), [&](std::size_t i) { return ListedSegment{slots_[i], segments_[i]}; });
}

// The lists are empty and the cursor goes down: from here on nothing names what is above it.
ListPlan start_anew(Plan& plan, const MemoryView& view, Offset cursor) {
  ListPlan lists(plan, view);
  lists.drop();
  plan.set(view.geometry().cursor(), cursor);
  return lists;
}

std::expected<std::vector<Extent>, Error> sorted_live(std::span<const Extent> live, std::uint64_t begin, std::uint64_t end) {
  std::vector<Extent> sorted;
  std::ranges::copy_if(live, std::back_inserter(sorted), [](Extent e) { return !e.empty(); });
  std::ranges::sort(sorted, {}, &Extent::offset);
  Extent before;
  for (const Extent e : sorted) {
    if (e.offset < begin || e.end() > end)
      return std::unexpected(Error{.code = ErrorCode::out_of_range, .asked = e.end(), .there = end, .at = e.offset});
    if (e.offset < before.end())
      return std::unexpected(
          Error{.code = ErrorCode::overlapping_segments, .asked = before.end(), .there = e.offset, .at = before.offset});
    before = e;
  }
  return sorted;
}

}  // namespace

std::expected<Plan, Error> plan_rebuild(const MemoryView& view, std::span<const Extent> live) {
  const Geometry& g = view.geometry();
  const Header header = view.header();
  const std::uint64_t begin = g.data_offset();
  const auto sorted = sorted_live(live, begin, header.allocated);
  if (!sorted) return std::unexpected(sorted.error());

  NewList list(static_cast<Freelist>(view.prefix().freelist), header.min_segment_size);
  std::uint64_t cursor = begin;
  for (const Extent e : *sorted) {
    list.add(extent_between(cursor, e.offset));
    cursor = e.end();
  }
  Plan plan;
  ListPlan lists = start_anew(plan, view, static_cast<Offset>(cursor));
  list.take_slots_from_scraps();
  const std::uint64_t first = align_up(cursor, descriptor_size);
  if (list.needs_slots() && first + descriptor_size <= g.capacity()) {
    for (const Offset slot : slots_of(extent_between(first, g.capacity()), list.missing())) {
      list.add_slot(slot);
      cursor = std::uint64_t{slot} + descriptor_size;
    }
    plan.set(g.cursor(), static_cast<Offset>(cursor));
  }
  list.take_slots_from_segments();
  const std::uint64_t discarded = cursor - begin - total(*sorted) - list.free_bytes() - list.descriptor_bytes();
  plan.set(g.discarded(), static_cast<Size>(discarded));
  list.publish(lists);
  return plan;
}

Plan plan_rewind(const MemoryView& view, const Structure& structure, Offset position) {
  NewList list(structure.kind(), structure.min_segment_size);
  std::uint64_t listed = 0;  // bytes below the position that are in a list now
  const auto below = [&](Extent e) {
    const Extent part = extent_between(std::min<std::uint64_t>(e.offset, position), std::min<std::uint64_t>(e.end(), position));
    listed += part.size;
    return part;
  };
  const auto keep = [&](Offset descriptor) {
    if (below({descriptor, descriptor_size}).size == descriptor_size) list.add_slot(descriptor);
  };
  for (const ListedSegment& s : structure.free) {
    list.add(below(s.extent));
    keep(s.descriptor);
  }
  std::ranges::for_each(structure.spare, keep);
  list.take_slots_from_scraps();
  list.take_slots_from_segments();

  Plan plan;
  ListPlan lists = start_anew(plan, view, position);
  // Of the bytes that go, those that no list knew may all have been discarded ones.
  const std::uint64_t listed_everywhere = structure.free_bytes() + structure.descriptor_bytes();
  const std::uint64_t gone = structure.allocated - position - (listed_everywhere - listed);
  const std::uint64_t discarded = structure.discarded - std::min<std::uint64_t>(structure.discarded, gone);
  const std::uint64_t relisted = list.free_bytes() + list.descriptor_bytes();
  plan.set(view.geometry().discarded(), static_cast<Size>(discarded + listed - relisted));
  list.publish(lists);
  return plan;
}

Plan plan_clear(const MemoryView& view) {
  Plan plan;
  ListPlan lists = start_anew(plan, view, static_cast<Offset>(view.geometry().data_offset()));
  lists.plant_roots(static_cast<Freelist>(view.prefix().freelist), 0, {});
  return plan;
}

namespace {

// A sorted list that is changed in place, each change one store that the list is sound before and after.
class Relinker {
 public:
  Relinker(Plan& plan, const MemoryView& view, const Structure& structure);

  struct Position {
    std::uint64_t rank;  // by size, in the order of the list
    std::int64_t number;

    friend auto operator<=>(const Position&, const Position&) = default;
  };
  using Nodes = std::map<Position, Offset>;

  // The segments in the order of the list that was given.
  const std::vector<Nodes::iterator>& nodes() const { return nodes_in_order_; }

  // Takes a descriptor out of the list.
  Offset unlink(Nodes::iterator node);
  // Puts a private descriptor back with another extent.
  void insert(Offset descriptor, Extent extent);
  // Gives up a private descriptor.
  void push(Offset descriptor);

 private:
  Word<std::uint64_t> before(Nodes::iterator node) const {
    return node == nodes_.begin() ? geometry_.free_head() : Geometry::link(std::prev(node)->second);
  }
  Offset at(Nodes::iterator node) const { return node == nodes_.end() ? null_offset : node->second; }
  std::uint64_t rank(Size size) const { return kind_ == Freelist::optimistic ? ~std::uint64_t{size} : size; }

  Plan& plan_;
  const Geometry& geometry_;
  ListPlan lists_;
  Freelist kind_;
  Nodes nodes_;
  std::vector<Nodes::iterator> nodes_in_order_;
  std::int64_t next_number_ = -1;
};

Relinker::Relinker(Plan& plan, const MemoryView& view, const Structure& structure)
    : plan_(plan), geometry_(view.geometry()), lists_(plan, view), kind_(structure.kind()) {
  lists_.unmark(structure);
  // Before all segments of their size.
  std::int64_t boundary = std::numeric_limits<std::int64_t>::min();
  for (const ListedBoundary& b : structure.boundaries) nodes_.emplace(Position{rank(b.key), boundary++}, b.descriptor);
  std::int64_t number = 0;
  for (const ListedSegment& s : structure.free)
    nodes_in_order_.push_back(nodes_.emplace(Position{rank(s.extent.size), number++}, s.descriptor).first);
}

Offset Relinker::unlink(Nodes::iterator node) {
  const Offset descriptor = node->second;
  const Word<std::uint64_t> word = before(node);
  const auto next = nodes_.erase(node);
  lists_.set_link(word, lists_.link(word).linked_to(at(next)));
  return descriptor;
}

void Relinker::insert(Offset descriptor, Extent extent) {
  const Position position{rank(extent.size), next_number_--};  // before all segments of its size, as an insertion by a thread
  const auto node = nodes_.emplace(position, descriptor).first;
  const Word<std::uint64_t> own = Geometry::link(descriptor), word = before(node);
  plan_.set(Geometry::extent(descriptor), encode(extent));
  lists_.set_link(own, lists_.link(own).linked_to(at(std::next(node))));
  lists_.set_link(word, lists_.link(word).linked_to(descriptor));
}

void Relinker::push(Offset descriptor) {
  const Word<std::uint64_t> own = Geometry::link(descriptor), head = geometry_.spare_head();
  lists_.set_link(own, lists_.link(own).marked_to(lists_.link(head).next()));
  lists_.set_link(head, lists_.link(head).linked_to(descriptor));
}

}  // namespace

Plan plan_compaction(const MemoryView& view, const Structure& structure) {
  Plan plan;
  Relinker list(plan, view, structure);
  std::vector<std::size_t> by_offset(structure.free.size());
  for (std::size_t i = 0; i < by_offset.size(); ++i) by_offset[i] = i;
  const auto extent = [&](std::size_t i) { return structure.free[by_offset[i]].extent; };
  std::ranges::sort(by_offset, {}, [&](std::size_t i) { return structure.free[i].extent.offset; });

  for (std::size_t first = 0, stop = 0; first < by_offset.size(); first = stop) {
    stop = first + 1;
    while (stop < by_offset.size() && extent(stop).offset == extent(stop - 1).end()) ++stop;
    const Extent run = extent_between(extent(first).offset, extent(stop - 1).end());
    const bool topmost = run.end() == structure.allocated;
    if (stop - first == 1 && !topmost) continue;
    std::vector<Offset> descriptors;
    for (std::size_t i = first; i < stop; ++i) descriptors.push_back(list.unlink(list.nodes()[by_offset[i]]));
    if (topmost)
      plan.set(view.geometry().cursor(), run.offset);
    else
      list.insert(descriptors.front(), run);
    for (std::size_t i = topmost ? 0 : 1; i < descriptors.size(); ++i) list.push(descriptors[i]);
  }
  return plan;
}

}  // namespace rarena
