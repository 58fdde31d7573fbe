#include "kill_reopen/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/recovery/relist.hpp"
#include "core/recovery/rewind.hpp"
#include "shared/pattern.hpp"

namespace rarena::stress {

namespace {

using Opening = Recovery::Opening;

template <class... Arguments>
std::unexpected<Violation> violated(const char* invariant, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return std::unexpected(Violation{invariant, fmt::format(text, std::forward<Arguments>(arguments)...)});
}

std::string text(Extent e) { return fmt::format("[{}, {})", e.offset, e.end()); }

std::unexpected<Violation> unsound(const Error& error) {
  if (error.code == ErrorCode::overlapping_segments) return violated("SEG-1", "{}", error.message());
  return violated(error.code == ErrorCode::bad_freelist ? "FL-1" : "REC-2", "{}", error.message());
}

struct Part {
  Extent extent;
  const char* what;
  const LiveSegment* live = nullptr;
};

std::vector<Part> parts_of(const detail::Structure& structure, std::span<const LiveSegment> live) {
  std::vector<Part> parts;
  for (const detail::ListedSegment& s : structure.free) {
    parts.push_back({s.extent, "free segment"});
    parts.push_back({{s.descriptor, detail::descriptor_size}, "descriptor"});
  }
  for (const Offset spare : structure.spare) parts.push_back({{spare, detail::descriptor_size}, "descriptor"});
  for (const LiveSegment& s : live) parts.push_back({s.segment, "live segment", &s});
  std::ranges::sort(parts, {}, [](const Part& p) { return p.extent.offset; });
  return parts;
}

bool flushed(const Part& part) { return part.live != nullptr && part.live->flushed; }

// What openings can have left behind when their child was killed in this phase. A recovery, and who takes a file over, seals it
// as clean before the new marker is written.
Verdict check_opening(detail::Left before, detail::Left after, Phase phase, Role role) {
  const bool clean = after.opening == Opening::clean, died = after.opening == Opening::process_died;
  bool expected = false;
  switch (phase) {
    case Phase::starting: expected = after == before; break;
    case Phase::opening:
    case Phase::writing: expected = after == before || clean || died; break;
    case Phase::working: expected = died || (clean && role == Role::take_over); break;
    case Phase::finished: expected = died; break;
    case Phase::closing: expected = died || clean; break;
    case Phase::closed: expected = clean; break;
  }
  if (expected) return {};
  return violated("REC-2", "a file that was {} is {} ({}) after its process ended while {}", name(before.opening),
                  name(after.opening), describe(after.doubt), name(phase));
}

// The writes of the one step of a child, after a complete opening. A truncate has no plan.
std::vector<detail::Plan::Write> exclusive_writes(const Evidence& evidence, const Recovered& opened) {
  const detail::MemoryView view = opened.image.view();
  const auto all = [](const detail::Plan& plan) {
    return std::vector<detail::Plan::Write>(plan.writes().begin(), plan.writes().end());
  };
  switch (evidence.role) {
    case Role::rebuild: {
      const std::vector<Extent> live = extents_of(evidence.log_before.log().live());
      const auto plan = detail::plan_rebuild(view, live);
      return plan ? all(*plan) : std::vector<detail::Plan::Write>();
    }
    case Role::compact: return all(detail::plan_compaction(view, detail::examine(view, {})));
    case Role::rewind:
      return all(detail::plan_rewind(view, detail::examine(view, {}), evidence.log_after.log().position()).plan);
    case Role::take_over:
      return all(detail::recover(view, detail::examine(view, {}), {Opening::clean, Doubt::none}, evidence.identity).plan);
    default: return {};
  }
}

// A killed truncate leaves a file of the old size or of the new one, which says the one or the other; nothing else has changed.
Verdict check_truncate(const Evidence& evidence, const Recovered& opened, Phase phase) {
  const auto old_size = static_cast<Size>(evidence.before.bytes().size()),
             size = static_cast<Size>(evidence.after.bytes().size());
  const Size wanted = evidence.log_after.log().position();
  const Size recorded = evidence.after.view().annex().capacity;
  const bool possible = phase == Phase::working
                            ? (size == old_size || size == wanted) && (recorded == old_size || recorded == wanted)
                            : size == wanted && recorded == wanted;
  if (!possible)
    return violated("REC-2", "{} while a truncate from {} to {}, a file has {} bytes and records {}", name(phase), old_size,
                    wanted, size, recorded);
  Image expected = opened.image;
  expected.resize(size);
  const detail::Word<std::uint32_t> record = expected.geometry().capacity_record();
  expected.write(std::array{detail::Plan::Write{record.place, recorded, false}});
  expected.take_unplanned_of(evidence.after);
  if (phase <= Phase::finished && expected != evidence.after) return violated("REC-2", "a truncate has changed other bytes");
  return {};
}

// Whether a close, or a prefix of one, has made an image of another: the boundaries leave the list, then come the seal and, of
// the annex, who had it open.
bool closed_from(Image before, const Image& after, Phase phase) {
  const detail::Geometry g = after.geometry();
  for (const auto word : {g.seal(), g.boot(), g.device(), g.file()})
    before.write(std::array{detail::Plan::Write{word.place, after.view().load(word), false}});
  const detail::Plan plan = detail::plan_closing(before.view(), detail::examine(before.view(), {})).plan;
  const auto done = prefix_between(before, plan.writes(), after);
  return done && (phase == Phase::closing || *done == plan.writes().size());
}

// REC-3: the child has written a prefix of what it was to write. A workload may have written anything.
Verdict check_prefix(const Evidence& evidence, Recovered opened, Seen& seen) {
  Image before = evidence.before;
  if (before.bytes().size() == evidence.after.bytes().size()) {
    before.take_unplanned_of(evidence.after);
    opened.image.take_unplanned_of(evidence.after);
  }
  if (seen.phase < Phase::working) {
    const auto done = prefix_between(before, opened.writes, evidence.after);
    if (!done) return violated("REC-3", "a killed opening has not carried out a prefix of its plan");
    seen.cut_opening = *done != 0 && *done != opened.writes.size();
    return {};
  }
  if (evidence.role == Role::work) return {};
  if (evidence.role == Role::truncate) return check_truncate(evidence, opened, seen.phase);
  const std::vector<detail::Plan::Write> writes = exclusive_writes(evidence, opened);
  if (seen.phase == Phase::working) {
    const auto done = prefix_between(opened.image, writes, evidence.after);
    if (!done) return violated("REC-3", "a killed {} has not carried out a prefix of its plan", name(evidence.role));
    seen.cut_exclusive = *done != 0 && *done != writes.size();
    return {};
  }
  Image expected = opened.image;
  expected.write(writes);
  const bool finished = seen.phase == Phase::finished;
  if (finished ? expected != evidence.after : !closed_from(std::move(expected), evidence.after, seen.phase))
    return violated("REC-3", "a finished {} has not carried out its plan", name(evidence.role));
  return {};
}

// Whether a write takes a boundary out of the list at its head, or puts one there.
bool plants(const detail::Plan::Write& write, const detail::Geometry& g) {
  return g.has_index() && write.place == g.free_head().place;
}

// A second recovery of a file, whose process died right after the first one, finds the same, and writes nothing but its seal
// and what the annex records of it.
Verdict check_idempotent(const Recovered& first, const detail::FileIdentity& identity) {
  Image left = first.image;
  left.note_death();
  const Recovered second = recovered(left, identity);
  if (second.report.opening != Opening::process_died)
    return violated("REC-3", "after a recovery the file is {}, expected process died", name(second.report.opening));
  const detail::Geometry g = left.geometry();
  const auto lists = std::ranges::count_if(second.writes, [&](const detail::Plan::Write& w) {
    return w.place != g.seal().place && w.place < g.annex() && !plants(w, g);
  });
  const Tally left_there{first.structure.free.size(), first.structure.free_bytes()};
  if (lists != 0 || second.report.kept != left_there || second.structure.spare != first.structure.spare)
    return violated(
        "REC-3",
        "a second recovery found {} free segments of {} bytes and had {} words of the lists to write, the first one left "
        "{} of {}",
        second.report.kept.segments, second.report.kept.bytes, lists, left_there.segments, left_there.bytes);
  return {};
}

Verdict check_rebuild_of(const Recovered& opened, std::span<const LiveSegment> live) {
  const auto plan = detail::plan_rebuild(opened.image.view(), extents_of(live));
  if (!plan) return violated("SEG-1", "rebuild refused the live segments: {}", plan.error().message());
  Image rebuilt = opened.image;
  rebuilt.write(plan->writes());
  return check_rebuilt(rebuilt, live);
}

}  // namespace

std::vector<Extent> extents_of(std::span<const LiveSegment> live) {
  std::vector<Extent> extents;
  for (const LiveSegment& segment : live) extents.push_back(segment.segment);
  return extents;
}

Verdict check_live(const Image& image, const detail::Structure& structure, std::span<const LiveSegment> live) {
  const std::vector<Part> parts = parts_of(structure, live);
  const Part* before = nullptr;
  for (const Part& part : parts) {
    if (part.extent.offset < structure.data_offset || part.extent.end() > structure.allocated)
      return violated("SEG-1", "the {} {} is not inside [{}, {})", part.what, text(part.extent), structure.data_offset,
                      structure.allocated);
    if (before != nullptr && part.extent.offset < before->extent.end())
      return violated(flushed(part) || flushed(*before) ? "REC-2" : "SEG-1", "the {} {} overlaps the {} {}", before->what,
                      text(before->extent), part.what, text(part.extent));
    before = &part;
  }
  for (const LiveSegment& s : live) {
    if (!s.painted) continue;
    if (const auto at = first_change(image.data(), s.segment, s.serial))
      return violated(s.flushed ? "REC-2" : "SEG-1", "byte {} of the live segment {} is not as its owner left it", *at,
                      text(s.segment));
  }
  return {};
}

Verdict check_rebuilt(const Image& image, std::span<const LiveSegment> live) {
  const auto [structure, wrong] = examine_image(image);
  if (wrong) return unsound(*wrong);
  if (const Verdict sound = check_live(image, structure, live); !sound) return sound;
  std::uint64_t live_bytes = 0;
  for (const LiveSegment& s : live) live_bytes += s.segment.size;
  const std::uint64_t account = live_bytes + structure.free_bytes() + structure.descriptor_bytes() + structure.discarded;
  if (structure.allocated - structure.data_offset != account)
    return violated("SEG-2", "rebuilt: {} allocated bytes, but {} live + {} free + {} of descriptors + {} discarded",
                    structure.allocated - structure.data_offset, live_bytes, structure.free_bytes(),
                    structure.descriptor_bytes(), structure.discarded);
  // Of each gap between live segments a rebuild discards what has no room for a descriptor: less than 16 bytes of it, or at
  // both sides of a slab.
  const std::uint64_t most = (live.size() + 1) * std::uint64_t{2 * detail::descriptor_size};
  if (structure.discarded > most)
    return violated("SEG-2", "rebuilt: {} bytes discarded, expected at most {}", structure.discarded, most);
  return {};
}

std::expected<Seen, Violation> judge(const Evidence& evidence) {
  const auto fail = [](const Verdict& verdict) { return std::unexpected(verdict.error()); };
  const Log log = evidence.log_after.log();
  if (const std::string complaint = log.complaint(); !complaint.empty()) {
    const std::size_t colon = complaint.find(':');
    return std::unexpected(Violation{complaint.substr(0, colon), complaint.substr(std::min(colon + 2, complaint.size()))});
  }
  const detail::Left before = left_of(evidence.before, evidence.identity), after = left_of(evidence.after, evidence.identity);
  Seen seen;
  seen.phase = log.phase();
  if (evidence.after.view().prefix() != evidence.before.view().prefix()) return violated("REC-2", "the prefix has changed");
  if (const Verdict v = check_opening(before, after, seen.phase, evidence.role); !v) return fail(v);

  const auto [structure, wrong] = examine_image(evidence.after);
  const bool listed = !structure.free.empty() || !structure.spare.empty();
  if (before.opening == Opening::untrusted && after.opening != before.opening && seen.phase < Phase::working && listed)
    return violated("REC-2", "the lists of an untrusted file are now trusted");
  if (wrong && (after.opening != Opening::untrusted || wrong->code == ErrorCode::bad_header)) return unsound(*wrong);

  const std::vector<LiveSegment> live = log.live();
  const Recovered next = recovered(evidence.after, evidence.identity);
  if (const Verdict v = check_live(evidence.after, next.structure, live); !v) return fail(v);
  if (const Verdict v = check_prefix(evidence, recovered(evidence.before, evidence.identity), seen); !v) return fail(v);
  if (const Verdict v = check_idempotent(next, evidence.identity); !v) return fail(v);
  if (const Verdict v = check_rebuild_of(next, live); !v) return fail(v);

  seen.recovery = next.report;
  seen.grows = evidence.role == Role::truncate && log.position() >= evidence.before.bytes().size();
  seen.live_segments = live.size();
  for (const LiveSegment& s : live) seen.live_bytes += s.segment.size;
  if (seen.recovery.unlisted_bytes < seen.live_bytes)
    return violated("SEG-2", "{} unlisted bytes, but {} are live", seen.recovery.unlisted_bytes, seen.live_bytes);
  seen.leaked_bytes = seen.recovery.unlisted_bytes - seen.live_bytes;
  return seen;
}

}  // namespace rarena::stress
