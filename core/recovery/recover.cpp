#include "recover.hpp"

#include <algorithm>

namespace rarena {

namespace {

Left left_in_version_1(const MemoryView& view) {
  if (view.header().seal == clean_seal_1(view.prefix(), view.header())) return {Recovery::Opening::clean, Doubt::none};
  return {Recovery::Opening::untrusted, Doubt::damaged};
}

// Where a cursor cannot be, nothing says which bytes are live: all of them may be.
Size cursor_in_bounds(Size cursor, std::uint64_t data_offset, Size capacity) {
  return cursor < data_offset ? capacity : std::min(cursor, capacity);
}

}  // namespace

std::expected<Left, Error> left_as(const MemoryView& view, std::uint64_t lists, const std::expected<FileIdentity, Error>& now) {
  const Prefix prefix = view.prefix();
  if (prefix.format_version == crate_format_version) return Left{Recovery::Opening::unsealed, Doubt::none};
  if (prefix.format_version == format_version_1) return left_in_version_1(view);
  const IdentityMarks marks = now ? marks_of(*now) : IdentityMarks{};
  const auto [condition, doubt] = verdict(prefix, view.header(), view.annex(), lists, marks);
  switch (condition) {
    case Condition::clean: return Left{Recovery::Opening::clean, Doubt::none};
    case Condition::process_died: return Left{Recovery::Opening::process_died, Doubt::none};
    case Condition::unknown: return std::unexpected(now ? Error{.code = ErrorCode::identity_unknown} : now.error());
    case Condition::untrusted: break;
  }
  return Left{Recovery::Opening::untrusted, doubt};
}

Recovery recover(Structure& structure, Left left, Size capacity) {
  Recovery report{.opening = left.opening, .doubt = left.doubt};
  if (structure.allocated > capacity && structure.allocated <= structure.annex.capacity)
    report.cut_bytes = structure.allocated - capacity;
  structure.allocated = cursor_in_bounds(structure.allocated, structure.data_offset, capacity);
  if (left.opening == Recovery::Opening::untrusted) {
    const std::uint64_t all = structure.allocated - std::uint64_t{structure.data_offset};
    const std::uint64_t named = structure.discarded + structure.free_bytes() + structure.descriptor_bytes();
    report.dropped = {structure.free.size(), structure.free_bytes()};
    report.lost_bytes = std::min(all, named);  // a list that overlaps names more than there is
    structure.discarded = 0;
    structure.free.clear();
    structure.spare.clear();
    structure.sum = {};
  }
  // The crate does not record how many bytes a removed node had.
  if (left.opening == Recovery::Opening::unsealed)
    std::erase_if(structure.free, [](const auto& segment) { return segment.marked; });
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

namespace {

// The lists as they will be trusted; in `header` the header afterwards.
void plan_lists(Plan& plan, const MemoryView& view, const Structure& before, Recovery::Opening opening, Header& header) {
  const Geometry& g = view.geometry();
  if (opening != Recovery::Opening::untrusted) {
    for (const ListedSegment& segment : before.free) {
      if (!segment.marked) continue;
      const Link link(view.load(Geometry::link(segment.descriptor)));
      plan.set(Geometry::link(segment.descriptor), link.linked_to(link.next()).bits());
    }
    return;
  }
  header.spare_head = header.free_head = Link().bits();
  header.discarded = 0;
  header.allocated = cursor_in_bounds(header.allocated, g.data_offset(), g.capacity());
  plan.set(g.spare_head(), header.spare_head);
  plan.set(g.free_head(), header.free_head);
  plan.set(g.discarded(), header.discarded);
  if (header.allocated != view.header().allocated) plan.set(g.cursor(), header.allocated);
}

}  // namespace

Plan plan_recovery(const MemoryView& view, const Structure& before, Recovery::Opening opening,
                   const std::optional<FileIdentity>& now) {
  const Geometry& g = view.geometry();
  const Annex annex = view.annex();
  Header header = view.header();
  Plan plan;
  plan.reserve(16);  // but for marked segments all there is
  plan_lists(plan, view, before, opening, header);
  if (annex.size != annex_size) plan.set(Word<std::uint32_t>{g.annex()}, annex_size);

  const std::uint64_t lists = opening == Recovery::Opening::untrusted ? ListSum().value() : before.sum.value();
  const std::uint32_t seal = clean_seal(view.prefix(), header, annex, lists);
  if (header.seal != seal) plan.set(g.seal(), seal);
  const IdentityMarks marks = now ? marks_of(*now) : IdentityMarks{};
  const std::uint64_t generation = next_generation(view);
  plan.set(g.generation(), generation);
  plan.set(g.boot(), marks.boot);
  plan.set(g.device(), marks.device);
  plan.set(g.file(), marks.file);
  plan.set(g.state(), static_cast<std::uint32_t>(AnnexState::good));
  plan.set(g.seal(), dirty_marker(generation, marks));
  if (annex.capacity != g.capacity()) plan.set(g.capacity_record(), g.capacity());
  return plan;
}

}  // namespace rarena
