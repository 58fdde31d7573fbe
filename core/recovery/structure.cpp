#include "structure.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "../words/exceptions.hpp"
#include "crate_format.hpp"
#include "walker.hpp"

namespace rarena::detail {

namespace recovery {
namespace {

std::uint64_t at(auto word) { return static_cast<std::uint64_t>(word.place); }

// Follows links from a head, and calls visit(descriptor, its link) for each. `boundaries`: there may be some.
template <class Visit>
void follow(const MemoryView& view, Walker& walker, Word<std::uint64_t> word, bool boundaries, Visit visit) {
  Link link(view.load(word));
  while (!walker.stopped() && link.next() != null_offset) {
    const Offset descriptor = link.next();
    if (!walker.meet(descriptor, at(word), boundaries)) return;
    word = Geometry::link(descriptor);
    link = Link(view.load(word));
    visit(descriptor, link);
  }
}

// false: there is no list to follow.
bool check_head(const MemoryView& view, Walker& walker, Freelist kind, Word<std::uint64_t> word) {
  const Link head(view.load(word));
  if (kind == Freelist::none) {
    if (head != Link()) walker.reject(ErrorCode::bad_freelist, 0, head.bits(), at(word));
    return false;
  }
  if (!head.marked()) return true;
  return walker.reject(ErrorCode::bad_freelist, Link(head.next(), false, head.tag()).bits(), head.bits(), at(word));
}

// The child of a boundary, in an extent word at byte `word`, is a table that was handed out, if it is one.
void check_child(const MemoryView& view, Walker& walker, Offset child, std::uint64_t word) {
  if (child == null_offset) return;
  const Geometry& g = view.geometry();
  const Offset made = std::min(view.load(g.next_table()), g.index_shape().tables), first = g.table(0);
  if (child >= first && child < g.table(made) && (child - first) % table_size == 0) return;
  const Offset bound = made == 0 ? null_offset : child < first ? first : g.table(made - 1);
  walker.reject(ErrorCode::bad_freelist, bound, child, word);
}

void walk_boundary(const MemoryView& view, Walker& walker, Structure& structure, Offset descriptor, Link link) {
  const std::uint64_t bits = view.load(Geometry::extent(descriptor));
  const auto [child, key] = decode_extent(bits);
  structure.sum.add_boundary(descriptor, bits);
  structure.boundaries.push_back({descriptor, key, child, structure.free.size()});
  if (link.marked())
    walker.reject(ErrorCode::bad_freelist, Link(link.next(), false, link.tag()).bits(), link.bits(), descriptor);
  const std::uint64_t word = at(Geometry::extent(descriptor));
  walker.check_key(key, word + 4);
  check_child(view, walker, child, word);
}

void walk_lists(const MemoryView& view, Walker& walker, Structure& structure) {
  const Geometry& g = view.geometry();
  constexpr std::uint32_t trusted = 1U << 20U;  // a hint may be anything
  if (g.has_index()) structure.free.reserve(std::min(view.load(g.segments()), trusted));
  if (check_head(view, walker, structure.kind(), g.free_head())) {
    follow(view, walker, g.free_head(), true, [&](Offset descriptor, Link link) {
      if (g.is_boundary(descriptor)) return walk_boundary(view, walker, structure, descriptor, link);
      const std::uint64_t bits = view.load(Geometry::extent(descriptor));
      const Extent extent = decode_extent(bits);
      structure.sum.add_free(descriptor, bits);
      structure.free.push_back({descriptor, extent, link.marked()});
      const std::uint64_t word = at(Geometry::extent(descriptor));
      walker.check_segment(structure.free.back(), word, word + 4);
    });
  }
  if (!walker.stopped() && check_head(view, walker, structure.kind(), g.spare_head())) {
    follow(view, walker, g.spare_head(), false, [&](Offset descriptor, Link link) {
      structure.spare.push_back(descriptor);
      structure.sum.add_spare(descriptor);
      if (!link.marked())
        walker.reject(ErrorCode::bad_freelist, Link(link.next(), true, link.tag()).bits(), link.bits(), descriptor);
    });
  }
  if (!walker.stopped()) walker.check_together();
}

}  // namespace
}  // namespace recovery

std::uint64_t Structure::free_bytes() const {
  std::uint64_t bytes = 0;
  for (const ListedSegment& segment : free) bytes += segment.extent.size;
  return bytes;
}

ListSum Structure::sum_of_segments() const {
  ListSum segments;
  for (const ListedSegment& segment : free) segments.add_free(segment.descriptor, encode(segment.extent));
  for (const Offset descriptor : spare) segments.add_spare(descriptor);
  return segments;
}

std::uint64_t Structure::unlisted_bytes() const {
  const std::uint64_t known = data_offset + free_bytes() + descriptor_bytes() + discarded;
  return known < allocated ? allocated - known : 0;
}

Structure examine(const MemoryView& view, const Walk& walk) {
  if (view.prefix().format_version == crate_format_version) return recovery::examine_crate(view, walk);
  const Header header = view.header();
  const Geometry& g = view.geometry();
  Structure structure{.prefix = view.prefix(),
                      .annex = view.annex(),
                      .data_offset = static_cast<Size>(g.data_offset()),
                      .allocated = header.allocated,
                      .discarded = header.discarded,
                      .min_segment_size = header.min_segment_size};
  recovery::Walker walker(walk, structure, g.has_index() ? g.root(0) : structure.data_offset);
  if (walker.check_header(recovery::at(g.cursor()), recovery::at(g.discarded()), g.capacity()) &&
      (!g.has_annex() || walker.check_annex(g)))
    recovery::walk_lists(view, walker, structure);
  return structure;
}

std::expected<Examined, Error> examine_all(const MemoryView& view) {
  return within_heap([&]() -> std::expected<Examined, Error> {
    std::optional<Error> wrong;
    Structure structure = examine(view, {.violation = [&](const Error& error) {
                                    if (!wrong) wrong = error;
                                    return true;
                                  }});
    return Examined{std::move(structure), wrong};
  });
}

std::expected<Structure, Error> examine_sound(const MemoryView& view) {
  auto examined = examine_all(view);
  if (!examined) return std::unexpected(examined.error());
  if (examined->wrong) return std::unexpected(*examined->wrong);
  return std::move(examined->structure);
}

}  // namespace rarena::detail
