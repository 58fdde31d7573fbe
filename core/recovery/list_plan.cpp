#include "list_plan.hpp"

namespace rarena::recovery {

void ListPlan::drop() {
  const Geometry& g = view_.geometry();
  plan_.set(g.spare_head(), Link().bits());
  plan_.set(g.free_head(), Link().bits());
  plan_.set(g.discarded(), 0);
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

void ListPlan::publish(std::span<const Extent> segments, std::span<const Offset> descriptors) {
  const Geometry& g = view_.geometry();
  const auto listed = descriptors.first(segments.size()), spare = descriptors.subspan(segments.size());
  chain(listed, segments);
  chain(spare, {});
  if (!spare.empty()) plan_.set(g.spare_head(), Link(spare.front(), false, 0).bits());
  if (!listed.empty()) plan_.set(g.free_head(), Link(listed.front(), false, 0).bits());
}

Link ListPlan::link(Word<std::uint64_t> word) const {
  const auto known = links_.find(word.place);
  return known != links_.end() ? known->second : Link(view_.load(word));
}

void ListPlan::set_link(Word<std::uint64_t> word, Link link) {
  plan_.set(word, link.bits());
  links_.insert_or_assign(word.place, link);
}

}  // namespace rarena::recovery
