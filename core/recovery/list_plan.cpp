#include "list_plan.hpp"

#include <algorithm>
#include <ranges>

#include "../freelist/policy.hpp"
#include "index_region.hpp"

namespace rarena::detail::recovery {

void ListPlan::drop() {
  const Geometry& g = view_.geometry();
  plan_.set(g.spare_head(), Link().bits());
  plan_.set(g.free_head(), Link().bits());
  plan_.set(g.discarded(), 0);
  dropped_ = true;
}

void ListPlan::unlink_boundaries(const Structure& structure) {
  const auto& boundaries = structure.boundaries;
  for (std::size_t i = 0; i < boundaries.size();) {
    const std::size_t position = boundaries[i].position;
    const auto word = position == 0 ? view_.geometry().free_head() : Geometry::link(structure.free[position - 1].descriptor);
    const Offset next = position < structure.free.size() ? structure.free[position].descriptor : null_offset;
    const Link before = link(word);
    set_link(word, before.marked() ? before.marked_to(next) : before.linked_to(next));
    while (i < boundaries.size() && boundaries[i].position == position) ++i;
  }
}

void ListPlan::plant_roots(Freelist kind, std::size_t segments, const SegmentAt& at) {
  const Geometry& g = view_.geometry();
  const Roots roots(g, kind);
  if (roots.count() != 0) plan_.set(g.next_table(), 0);
  // How many segments stand before a root.
  auto before = [&, known = std::size_t{0}](Size key) mutable {
    const auto rest = std::views::iota(known, segments);
    const auto belongs = [&](std::size_t i) { return precedes(kind, at(i).extent.size, key); };
    return known = static_cast<std::size_t>(std::ranges::partition_point(rest, belongs) - rest.begin()) + known;
  };
  std::uint32_t stop = 0;
  for (std::uint32_t first = 0; first < roots.count(); first = stop) {
    const std::size_t place = before(roots.key(first));
    const bool last_place = place == segments;
    for (stop = first + 1; stop < roots.count(); ++stop)
      if (!last_place && precedes(kind, at(place).extent.size, roots.key(stop))) break;
    for (std::uint32_t n = first; n < stop; ++n) {
      const auto own = Geometry::link(roots.descriptor(n));
      const Offset behind = last_place ? null_offset : at(place).descriptor;
      plan_.set(Geometry::extent(roots.descriptor(n)), encode(Extent{null_offset, roots.key(n)}));
      plan_.set(own, Link(view_.load(own)).linked_to(n + 1 < stop ? roots.descriptor(n + 1) : behind).bits());
    }
    const auto word = place == 0 ? g.free_head() : Geometry::link(at(place - 1).descriptor);
    set_link(word, link(word).linked_to(roots.descriptor(first)));
  }
}

void ListPlan::unmark(const Structure& structure) {
  for (const ListedSegment& segment : structure.free) {
    if (!segment.marked) continue;
    const Word<std::uint64_t> word = Geometry::link(segment.descriptor);
    const Link marked = link(word);
    set_link(word, marked.linked_to(marked.next()));
  }
}

// Without segments the descriptors are unused ones.
void ListPlan::chain(std::span<const Offset> descriptors, std::span<const Extent> segments) {
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    const Offset next = i + 1 < descriptors.size() ? descriptors[i + 1] : null_offset;
    plan_.set(Geometry::link(descriptors[i]), Link(next, segments.empty(), 0).bits());
    plan_.set(Geometry::extent(descriptors[i]), segments.empty() ? 0 : encode(segments[i]));
  }
}

// The descriptors, where nobody sees them.
void ListPlan::write(std::span<const Extent> segments, std::span<const Offset> descriptors) {
  chain(descriptors.first(segments.size()), segments);
  chain(descriptors.subspan(segments.size()), {});
}

void ListPlan::publish(std::span<const Extent> segments, std::span<const Offset> descriptors) {
  const Geometry& g = view_.geometry();
  write(segments, descriptors);
  const auto listed = descriptors.first(segments.size()), spare = descriptors.subspan(segments.size());
  if (!spare.empty()) plan_.set(g.spare_head(), Link(spare.front(), false, 0).bits());
  if (!listed.empty()) plan_.set(g.free_head(), Link(listed.front(), false, 0).bits());
}

void ListPlan::replace(std::span<const Extent> segments, std::span<const Offset> descriptors, Offset cursor) {
  const Geometry& g = view_.geometry();
  const auto listed = descriptors.first(segments.size()), spare = descriptors.subspan(segments.size());
  const Size before = view_.header().allocated;
  plan_.set(g.spare_head(), Link().bits());
  write(segments, descriptors);
  if (cursor > before) plan_.set(g.cursor(), cursor);
  plan_.set(g.free_head(), Link(listed.empty() ? null_offset : listed.front(), false, 0).bits());
  if (!spare.empty()) plan_.set(g.spare_head(), Link(spare.front(), false, 0).bits());
  if (cursor < before) plan_.set(g.cursor(), cursor);
  links_.clear();
  dropped_ = true;
}

Link ListPlan::link(Word<std::uint64_t> word) const {
  const auto known = links_.find(word.place);
  if (known != links_.end()) return known->second;
  return dropped_ ? Link() : Link(view_.load(word));
}

void ListPlan::set_link(Word<std::uint64_t> word, Link link) {
  plan_.set(word, link.bits());
  links_.insert_or_assign(word.place, link);
}

}  // namespace rarena::detail::recovery
