#include "recover.hpp"

#include <algorithm>

namespace rarena {

Recovery::Opening opening_of(const MemoryView& view, const std::optional<FileIdentity>& identity) {
  const Prefix prefix = view.prefix();
  if (prefix.format_version == crate_format_version) return Recovery::Opening::unsealed;
  switch (condition(prefix, view.header(), identity)) {
    case Condition::clean: return Recovery::Opening::clean;
    case Condition::process_died: return Recovery::Opening::process_died;
    case Condition::untrusted: break;
  }
  return Recovery::Opening::untrusted;
}

Recovery recover(Structure& structure, Recovery::Opening opening) {
  Recovery report{.opening = opening};
  if (opening == Recovery::Opening::untrusted) {
    const std::uint64_t all = structure.allocated - std::uint64_t{structure.data_offset};
    const std::uint64_t named = structure.discarded + structure.free_bytes() + structure.descriptor_bytes();
    report.dropped = {structure.free.size(), structure.free_bytes()};
    report.lost_bytes = std::min(all, named);  // a list that overlaps names more than there is
    structure.discarded = 0;
    structure.free.clear();
    structure.spare.clear();
  }
  // The crate does not record how many bytes a removed node had.
  if (opening == Recovery::Opening::unsealed) std::erase_if(structure.free, [](const auto& segment) { return segment.marked; });
  for (ListedSegment& segment : structure.free) {
    if (!segment.marked) continue;
    report.reclaimed.segments += 1;
    report.reclaimed.bytes += segment.extent.size;
    segment.marked = false;
  }
  report.kept = {structure.free.size(), structure.free_bytes()};
  report.unlisted_bytes = structure.unlisted_bytes();
  return report;
}

Plan plan_recovery(const MemoryView& view, const Structure& before, Recovery::Opening opening, std::uint32_t marker) {
  const Geometry& g = view.geometry();
  Plan plan;
  if (opening == Recovery::Opening::untrusted) {
    plan.set(g.spare_head(), Link().bits());
    plan.set(g.free_head(), Link().bits());
    plan.set(g.discarded(), 0);
  } else {
    for (const ListedSegment& segment : before.free) {
      if (!segment.marked) continue;
      const Link link(view.load(Geometry::link(segment.descriptor)));
      plan.set(Geometry::link(segment.descriptor), link.linked_to(link.next()).bits());
    }
  }
  if (view.header().seal != marker) plan.set(g.seal(), marker);
  return plan;
}

}  // namespace rarena
