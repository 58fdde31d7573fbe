#include "recover.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "list_plan.hpp"
#include "members.hpp"
#include "new_list.hpp"

namespace rarena {

const char* name(Recovery::Opening opening) {
  switch (opening) {
    case Recovery::Opening::fresh: return "fresh";
    case Recovery::Opening::clean: return "clean";
    case Recovery::Opening::process_died: return "process died";
    case Recovery::Opening::untrusted: return "untrusted";
    case Recovery::Opening::unsealed: return "unsealed";
    case Recovery::Opening::joined: return "joined";
  }
  return "";
}

}  // namespace rarena

namespace rarena::detail {

namespace {

Left left_in_version_1(const MemoryView& view) {
  if (view.header().seal == clean_seal_1(view.prefix(), view.header())) return {Recovery::Opening::clean, Doubt::none};
  return {Recovery::Opening::untrusted, Doubt::not_closed};
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
  const auto [condition, doubt] = verdict(prefix, view.header(), view.annex(), lists, marks, witness_of(view));
  switch (condition) {
    case Condition::clean: return Left{Recovery::Opening::clean, Doubt::none};
    case Condition::process_died: return Left{Recovery::Opening::process_died, Doubt::none};
    case Condition::unknown: return std::unexpected(now ? Error{.code = ErrorCode::identity_unknown} : now.error());
    case Condition::untrusted: break;
  }
  return Left{Recovery::Opening::untrusted, doubt};
}

namespace {

// An untrusted structure without its lists.
void drop_lists(Structure& structure, Recovery& report) {
  const std::uint64_t all = structure.allocated - std::uint64_t{structure.data_offset};
  const std::uint64_t named = structure.discarded + structure.free_bytes() + structure.descriptor_bytes();
  report.dropped = {structure.free.size(), structure.free_bytes()};
  report.lost_bytes = std::min(all, named);  // a list that overlaps names more than there is
  structure.discarded = 0;
  structure.free.clear();
  structure.boundaries.clear();
  structure.spare.clear();
  structure.sum = {};
}

// The structure afterwards, from the one before; returns the report.
Recovery settle(Structure& structure, Left left, Size capacity) {
  Recovery report{.opening = left.opening, .doubt = left.doubt};
  if (structure.allocated > capacity && structure.allocated <= structure.annex.capacity)
    report.cut_bytes = structure.allocated - capacity;
  structure.allocated = cursor_in_bounds(structure.allocated, structure.data_offset, capacity);
  if (left.opening == Recovery::Opening::untrusted) drop_lists(structure, report);
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

// The writes that empty the lists; in `header` the header behind them.
void plan_drop(Plan& plan, const MemoryView& view, recovery::ListPlan& lists, const Structure& after, Header& header) {
  header.spare_head = Link().bits();
  header.discarded = after.discarded;
  lists.drop();
  if (header.allocated != after.allocated) plan.set(view.geometry().cursor(), after.allocated);
  header.allocated = after.allocated;
}

// The writes behind those to the lists: what is there now is sealed, and then the new opening begins.
void plan_opening(Plan& plan, const MemoryView& view, const Header& header, const Structure& after,
                  const IdentityMarks& marks) {
  const Geometry& g = view.geometry();
  const Annex annex = view.annex();
  const std::uint32_t seal = clean_seal(view.prefix(), header, annex, after.sum.value());
  if (header.seal != seal) plan.set(g.seal(), seal);
  const std::uint64_t generation = next_generation(view);
  plan.set(g.generation(), generation);
  plan.set(g.boot(), marks.boot);
  plan.set(g.device(), marks.device);
  plan.set(g.file(), marks.file);
  plan.set(g.state(), static_cast<std::uint32_t>(AnnexState::good));
  if (view.load(g.members()) != null_offset) plan.set(g.members(), null_offset);
  plan.set(g.seal(), dirty_marker(generation, marks));
  if (annex.capacity != g.capacity()) plan.set(g.capacity_record(), g.capacity());
}

// Whether so many descriptors are unused that it is worth as many writes as there are free segments to release them.
bool many_unused(const Structure& structure, std::size_t kept) {
  return structure.spare.size() > std::max(kept, structure.free.size() / 4);
}

// Makes the lists anew beside the old ones, if that is possible; changes the structure in the same way.
void release_unused(recovery::ListPlan& lists, Structure& structure, Size capacity, std::size_t kept) {
  const recovery::NewList list(recovery::ground_beside(structure, capacity, kept, true));
  if (!list.complete()) return;
  const std::span<const Extent> segments = list.segments();
  const std::span<const Offset> descriptors = list.descriptors();
  lists.replace(segments, descriptors, static_cast<Offset>(list.cursor()));
  structure.allocated = static_cast<Size>(list.cursor());
  structure.free.clear();
  for (std::size_t i = 0; i < segments.size(); ++i) structure.free.push_back({descriptors[i], segments[i]});
  structure.spare.assign(descriptors.begin() + static_cast<std::ptrdiff_t>(segments.size()), descriptors.end());
  structure.sum = structure.sum_of_segments();
}

}  // namespace

Recovered recover(const MemoryView& view, Structure before, Left left, const std::optional<FileIdentity>& now,
                  std::size_t kept) {
  const bool trusted = left.opening != Recovery::Opening::untrusted;
  Recovered recovered;
  recovered.plan.reserve(16 + 3 * std::size_t{view.geometry().index_shape().roots});  // but for what died all there is
  recovery::ListPlan lists(recovered.plan, view);
  if (trusted) {
    lists.unlink_boundaries(before);
    lists.unmark(before);
    if (!before.boundaries.empty()) before.sum = before.sum_of_segments();
    before.boundaries.clear();
  }
  recovered.report = settle(before, left, view.geometry().capacity());
  recovered.structure = std::move(before);
  Header header = view.header();
  if (!trusted) plan_drop(recovered.plan, view, lists, recovered.structure, header);
  header.free_head = lists.link(view.geometry().free_head()).bits();
  plan_opening(recovered.plan, view, header, recovered.structure, now ? marks_of(*now) : IdentityMarks{});
  if (trusted && many_unused(recovered.structure, kept))
    release_unused(lists, recovered.structure, view.geometry().capacity(), kept);
  const auto& free = recovered.structure.free;
  lists.plant_roots(recovered.structure.kind(), free.size(), [&](std::size_t i) { return free[i]; });
  recovered.undo = plan_undo(recovered.plan, view);
  return recovered;
}

Closing plan_closing(const MemoryView& view, const Structure& structure) {
  if (structure.boundaries.empty()) return {.plan = {}, .lists = structure.sum.value()};
  Closing closing{.plan = {}, .lists = structure.sum_of_segments().value()};
  recovery::ListPlan(closing.plan, view).unlink_boundaries(structure);
  return closing;
}

Recovered recover_for_reading(Structure before, Left left, Size capacity) {
  Recovered recovered;
  recovered.report = settle(before, left, capacity);
  recovered.structure = std::move(before);
  return recovered;
}

std::uint64_t next_generation(const MemoryView& view) {
  const std::uint64_t next = view.annex().generation + 1;
  return next != 0 ? next : 2;
}

}  // namespace rarena::detail
