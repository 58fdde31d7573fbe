#include "relist.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "../freelist/policy.hpp"
#include "list_plan.hpp"
#include "new_list.hpp"

namespace rarena::detail {

using recovery::Ground;
using recovery::ListPlan;
using recovery::NewList;

namespace {

std::uint64_t total(std::span<const Extent> extents) {
  std::uint64_t bytes = 0;
  for (const Extent e : extents) bytes += e.size;
  return bytes;
}

ListPlan::SegmentAt segment_at(const NewList& list) {
  return [&](std::size_t i) { return ListedSegment{list.descriptors()[i], list.segments()[i]}; };
}

// The lists are empty and the cursor is where it is to be: from here on nothing names anything.
ListPlan start_anew(Plan& plan, const MemoryView& view, std::uint64_t cursor) {
  ListPlan lists(plan, view);
  lists.drop();
  plan.set(view.geometry().cursor(), static_cast<Offset>(cursor));
  return lists;
}

// Makes the list out of nothing. So many bytes count as discarded then.
Plan publish(const MemoryView& view, const NewList& list, std::uint64_t cursor, std::uint64_t discarded) {
  Plan plan;
  ListPlan lists = start_anew(plan, view, cursor);
  plan.set(view.geometry().discarded(), static_cast<Size>(discarded));
  lists.publish(list.segments(), list.descriptors());
  lists.plant_roots(static_cast<Freelist>(view.prefix().freelist), list.segments().size(), segment_at(list));
  return plan;
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
  const std::uint64_t begin = g.data_offset();
  const auto sorted = sorted_live(live, begin, view.header().allocated);
  if (!sorted) return std::unexpected(sorted.error());

  Ground ground{
      .kind = static_cast<Freelist>(view.prefix().freelist), .least = descriptor_size, .begin = static_cast<Offset>(begin)};
  std::uint64_t cursor = begin;
  for (const Extent e : *sorted) {
    if (e.offset != cursor) ground.holes.push_back(extent_between(cursor, e.offset));
    cursor = e.end();
  }
  ground.room = extent_between(cursor, g.capacity());
  const NewList list(std::move(ground));
  return publish(view, list, list.cursor(), list.cursor() - begin - total(*sorted) - list.bytes());
}

Plan plan_relisting_below(const MemoryView& view, const Structure& structure, Offset position, std::size_t kept) {
  const std::vector<Extent> holes = recovery::holes_of(structure, position);
  const std::uint64_t listed = total(holes);  // bytes below the position that are in a list now
  std::size_t spare = 0;
  for (const Offset descriptor : structure.spare) spare += descriptor + std::uint64_t{descriptor_size} <= position ? 1 : 0;
  const NewList list({.kind = structure.kind(),
                      .begin = structure.data_offset,
                      .holes = holes,
                      .room = {position, 0},
                      .spare = std::min(spare, kept)});

  // Of the bytes that go, those that no list knew may all have been discarded ones.
  const std::uint64_t listed_everywhere = structure.free_bytes() + structure.descriptor_bytes();
  const std::uint64_t gone = structure.allocated - position - (listed_everywhere - listed);
  const std::uint64_t discarded = structure.discarded - std::min<std::uint64_t>(structure.discarded, gone);
  return publish(view, list, position, discarded + listed - list.bytes());
}

Plan plan_clear(const MemoryView& view) {
  Plan plan;
  ListPlan lists = start_anew(plan, view, view.geometry().data_offset());
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

// Calls visit(run, members) for free segments that are neighbours, by their offsets; the members are numbers in the list.
template <class Visit>
void over_runs(const Structure& structure, Visit visit) {
  std::vector<std::size_t> by_offset(structure.free.size());
  std::iota(by_offset.begin(), by_offset.end(), std::size_t{0});
  const auto extent = [&](std::size_t i) { return structure.free[i].extent; };
  std::ranges::sort(by_offset, {}, [&](std::size_t i) { return extent(i).offset; });
  const std::span<const std::size_t> all(by_offset);
  for (std::size_t first = 0, stop = 0; first < all.size(); first = stop) {
    for (stop = first + 1; stop < all.size() && extent(all[stop]).offset == extent(all[stop - 1]).end();) ++stop;
    visit(extent_between(extent(all[first]).offset, extent(all[stop - 1]).end()), all.subspan(first, stop - first));
  }
}

// What joining leaves, its lists in any order.
Structure joined(const Structure& structure) {
  Structure after = structure;
  after.free.clear();
  over_runs(structure, [&](Extent run, std::span<const std::size_t> members) {
    const bool topmost = run.end() == structure.allocated;
    if (topmost)
      after.allocated = run.offset;
    else
      after.free.push_back({structure.free[members.front()].descriptor, run});
    for (const std::size_t i : members.subspan(topmost ? 0 : 1)) after.spare.push_back(structure.free[i].descriptor);
  });
  return after;
}

Plan plan_joining(const MemoryView& view, const Structure& structure) {
  Plan plan;
  Relinker list(plan, view, structure);
  over_runs(structure, [&](Extent run, std::span<const std::size_t> members) {
    const bool topmost = run.end() == structure.allocated;
    if (members.size() == 1 && !topmost) return;
    std::vector<Offset> descriptors;
    for (const std::size_t i : members) descriptors.push_back(list.unlink(list.nodes()[i]));
    if (topmost)
      plan.set(view.geometry().cursor(), run.offset);
    else
      list.insert(descriptors.front(), run);
    for (std::size_t i = topmost ? 0 : 1; i < descriptors.size(); ++i) list.push(descriptors[i]);
  });
  return plan;
}

}  // namespace

Plan plan_compaction(const MemoryView& view, const Structure& structure, std::size_t kept) {
  if (recovery::in_order(joined(structure), kept)) return plan_joining(view, structure);
  const Size capacity = view.geometry().capacity();
  if (const NewList list(recovery::ground_beside(structure, capacity, kept, false)); list.in_one_slab()) {
    Plan plan;
    ListPlan lists(plan, view);
    lists.replace(list.segments(), list.descriptors(), static_cast<Offset>(list.cursor()));
    lists.plant_roots(structure.kind(), list.segments().size(), segment_at(list));
    return plan;
  }
  const NewList list(recovery::ground_of(structure, capacity, kept));
  const std::uint64_t listed = structure.free_bytes() + structure.descriptor_bytes();
  const std::uint64_t discarded = structure.discarded + listed + list.cursor() - structure.allocated - list.bytes();
  return publish(view, list, list.cursor(), discarded);
}

}  // namespace rarena::detail
