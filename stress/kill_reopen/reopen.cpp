#include "kill_reopen/reopen.hpp"

#include <fmt/format.h>

#include "core/arena/arena.hpp"

namespace rarena::stress {

namespace {

std::unexpected<Violation> violated(const char* invariant, std::string text) {
  return std::unexpected(Violation{invariant, std::move(text)});
}

std::string text(const Recovery& r) {
  return fmt::format("{} ({}), kept {} segments of {} bytes, reclaimed {} of {}, dropped {} of {}, lost {}, unlisted {}",
                     name(r.opening), describe(r.doubt), r.kept.segments, r.kept.bytes, r.reclaimed.segments, r.reclaimed.bytes,
                     r.dropped.segments, r.dropped.bytes, r.lost_bytes, r.unlisted_bytes);
}

// What an open arena says of itself, against what the bytes said and the structure that is left of them.
Verdict check_report(const Arena& arena, const Recovery& report, const detail::Structure& structure, const char* how) {
  if (arena.recovery() != report)
    return violated("REC-2", fmt::format("{} reports {}; the file says {}", how, text(arena.recovery()), text(report)));
  std::vector<Extent> free;
  for (const detail::ListedSegment& segment : structure.free) free.push_back(segment.extent);
  if (arena.free_segments() != free || arena.spare_descriptors() != structure.spare.size() ||
      arena.discarded() != structure.discarded || arena.allocated() != structure.allocated)
    return violated("REC-3", fmt::format("the lists of {} are not those that its recovery reports", how));
  return {};
}

Verdict check_clean(const std::filesystem::path& path, const Image& open, std::span<const LiveSegment> live) {
  const Image closed = read_image(path);
  const auto [opening, doubt] = left_of(closed, identity_of(path));
  if (opening != Recovery::Opening::clean)
    return violated("REC-2", fmt::format("a file that was closed is {} ({}), expected clean", name(opening), describe(doubt)));
  const auto [before, wrong] = examine_image(open);
  const auto [after, also] = examine_image(closed);
  if (wrong || also || before.free != after.free || before.spare != after.spare)
    return violated("REC-2", "the lists of a file changed as it was closed");
  return check_live(closed, after, live);
}

// Checks an arena that was opened for writing, and closes it. The bytes as they were before the close.
std::expected<Image, Violation> use_and_close(Arena arena, const Reopening& how, const Recovered& expected) {
  if (const Verdict v = check_report(arena, expected.report, expected.structure, "map_mut"); !v)
    return std::unexpected(v.error());
  Image planned = expected.image;
  const Image there = read_image(how.path);
  planned.take_unplanned_of(there);
  if (there != planned) return violated("REC-3", "the bytes after map_mut are not those that recovery plans");
  if (how.rebuilds) {
    if (const auto rebuilt = arena.rebuild(extents_of(how.live)); !rebuilt)
      return violated("SEG-1", "rebuild refused the live segments: " + rebuilt.error().message());
    if (const Verdict v = check_rebuilt(read_image(how.path), how.live); !v) return std::unexpected(v.error());
  }
  const Image open = read_image(how.path);
  if (const auto closed = arena.close(); !closed) return violated("REC-2", "close failed: " + closed.error().message());
  return open;
}

}  // namespace

Verdict reopen(const Reopening& how) {
  const Image left = read_image(how.path);
  const Recovered expected = recovered(left, identity_of(how.path));
  {
    // Who only reads releases no descriptor.
    const auto as_left = detail::recover_for_reading(examine_image(left).structure, left_of(left, identity_of(how.path)),
                                                     static_cast<Size>(left.bytes().size()));
    const auto reader = Arena::map(how.path, how.options);
    if (!reader) return violated("REC-2", "map refused the file: " + reader.error().message());
    if (const Verdict v = check_report(*reader, expected.report, as_left.structure, "map"); !v) return v;
  }
  auto writer = Arena::map_mut(how.path, how.options);
  if (!writer) return violated("REC-2", "map_mut refused the file: " + writer.error().message());
  const auto open = use_and_close(*std::move(writer), how, expected);
  if (!open) return std::unexpected(open.error());
  return check_clean(how.path, *open, how.live);
}

}  // namespace rarena::stress
