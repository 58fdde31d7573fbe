#include "structure.hpp"

#include <cerrno>
#include <new>
#include <optional>
#include <utility>

#include "crate_format.hpp"
#include "walker.hpp"

namespace rarena {

namespace recovery {
namespace {

std::uint64_t at(auto word) { return static_cast<std::uint64_t>(word.place); }

// Follows links from `head`, a word whose value is `link`, and calls visit(descriptor, its link) for each.
template <class Visit>
void follow(const MemoryView& view, Walker& walker, Word<std::uint64_t> word, Visit visit) {
  Link link(view.load(word));
  while (!walker.stopped() && link.next() != null_offset) {
    const Offset descriptor = link.next();
    if (!walker.meet(descriptor, at(word))) return;
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

void walk_lists(const MemoryView& view, Walker& walker, Structure& structure) {
  const Geometry& g = view.geometry();
  if (check_head(view, walker, structure.kind(), g.free_head())) {
    follow(view, walker, g.free_head(), [&](Offset descriptor, Link link) {
      const std::uint64_t bits = view.load(Geometry::extent(descriptor));
      const Extent extent = decode_extent(bits);
      structure.sum.add_free(descriptor, bits);
      structure.free.push_back({descriptor, extent, link.marked()});
      const std::uint64_t word = at(Geometry::extent(descriptor));
      walker.check_segment(structure.free.back(), word, word + 4);
    });
  }
  if (!walker.stopped() && check_head(view, walker, structure.kind(), g.spare_head())) {
    follow(view, walker, g.spare_head(), [&](Offset descriptor, Link link) {
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
  recovery::Walker walker(walk, structure);
  if (walker.check_header(recovery::at(g.cursor()), recovery::at(g.discarded()), g.capacity()) &&
      (!g.has_annex() || walker.check_annex(static_cast<std::uint64_t>(g.annex()))))
    recovery::walk_lists(view, walker, structure);
  return structure;
}

std::expected<Examined, Error> examine_all(const MemoryView& view) {
  try {
    std::optional<Error> wrong;
    Structure structure = examine(view, {.violation = [&](const Error& error) {
                                    if (!wrong) wrong = error;
                                    return true;
                                  }});
    return Examined{std::move(structure), wrong};
  } catch (const std::bad_alloc&) {
    return std::unexpected(system_error(ENOMEM));
  }
}

std::expected<Structure, Error> examine_sound(const MemoryView& view) {
  auto examined = examine_all(view);
  if (!examined) return std::unexpected(examined.error());
  if (examined->wrong) return std::unexpected(*examined->wrong);
  return std::move(examined->structure);
}

}  // namespace rarena
