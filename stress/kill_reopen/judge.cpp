#include "kill_reopen/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/recovery/relist.hpp"
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

std::vector<Part> parts_of(const Structure& structure, std::span<const LiveSegment> live) {
  std::vector<Part> parts;
  for (const ListedSegment& s : structure.free) {
    parts.push_back({s.extent, "free segment"});
    parts.push_back({{s.descriptor, descriptor_size}, "descriptor"});
  }
  for (const Offset spare : structure.spare) parts.push_back({{spare, descriptor_size}, "descriptor"});
  for (const LiveSegment& s : live) parts.push_back({s.segment, "live segment", &s});
  std::ranges::sort(parts, {}, [](const Part& p) { return p.extent.offset; });
  return parts;
}

bool flushed(const Part& part) { return part.live != nullptr && part.live->flushed; }

// What openings can have left behind when their child was killed in this phase.
Verdict check_opening(Opening before, Opening after, Phase phase) {
  const auto one_of = [&](std::initializer_list<Opening> possible) {
    return std::ranges::find(possible, after) != possible.end();
  };
  bool expected = false;
  switch (phase) {
    case Phase::starting: expected = after == before; break;
    case Phase::opening:
    case Phase::writing: expected = one_of({before, Opening::process_died}); break;
    case Phase::working: expected = after == Opening::process_died; break;
    case Phase::closing: expected = one_of({Opening::process_died, Opening::clean}); break;
    case Phase::closed: expected = after == Opening::clean; break;
  }
  if (expected) return {};
  return violated("REC-2", "a file that was {} is {} after its process ended while {}", name(before), name(after), name(phase));
}

// The exclusive operation's writes, after a complete opening.
std::vector<Plan::Write> exclusive_writes(const Evidence& evidence, const Recovered& opened) {
  const MemoryView view = opened.image.view();
  const auto all = [](const Plan& plan) { return std::vector<Plan::Write>(plan.writes().begin(), plan.writes().end()); };
  switch (evidence.role) {
    case Role::rebuild: {
      const std::vector<Extent> live = extents_of(evidence.log_before.log().live());
      const auto plan = plan_rebuild(view, live);
      return plan ? all(*plan) : std::vector<Plan::Write>();
    }
    case Role::compact: return all(plan_compaction(view, examine(view, {})));
    case Role::rewind: return all(plan_rewind(view, examine(view, {}), evidence.log_after.log().position()));
    default: return {};
  }
}

// REC-3: the child has written a prefix of what it was to write. A workload may have written anything.
Verdict check_prefix(const Evidence& evidence, const Recovered& opened, Seen& seen) {
  if (seen.phase < Phase::working) {
    const auto done = prefix_between(evidence.before, opened.writes, evidence.after);
    if (!done) return violated("REC-3", "a killed opening has not carried out a prefix of its plan");
    seen.cut_opening = *done != 0 && *done != opened.writes.size();
    return {};
  }
  if (evidence.role == Role::work) return {};
  const std::vector<Plan::Write> writes = exclusive_writes(evidence, opened);
  if (seen.phase == Phase::working) {
    const auto done = prefix_between(opened.image, writes, evidence.after);
    if (!done) return violated("REC-3", "a killed {} has not carried out a prefix of its plan", name(evidence.role));
    seen.cut_exclusive = *done != 0 && *done != writes.size();
    return {};
  }
  Image expected = opened.image;
  expected.write(writes);
  const Word<std::uint32_t> seal = expected.geometry().seal();
  expected.write(std::array{Plan::Write{seal.place, evidence.after.view().load(seal), false}});
  if (expected != evidence.after) return violated("REC-3", "a finished {} has not carried out its plan", name(evidence.role));
  return {};
}

// Two recoveries find the same.
Verdict check_idempotent(const Recovered& first, const FileIdentity& identity) {
  const Recovered second = recovered(first.image, identity);
  if (second.report.opening != Opening::process_died)
    return violated("REC-3", "after a recovery the file is {}, expected process died", name(second.report.opening));
  if (!second.writes.empty() || second.report.kept != first.report.kept || second.structure.spare != first.structure.spare)
    return violated("REC-3",
                    "a second recovery found {} free segments of {} bytes and had {} words to write, the first one left "
                    "{} of {}",
                    second.report.kept.segments, second.report.kept.bytes, second.writes.size(), first.report.kept.segments,
                    first.report.kept.bytes);
  return {};
}

Verdict check_rebuild_of(const Recovered& opened, std::span<const LiveSegment> live) {
  const auto plan = plan_rebuild(opened.image.view(), extents_of(live));
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

Verdict check_live(const Image& image, const Structure& structure, std::span<const LiveSegment> live) {
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
  // Of each gap between live segments a rebuild discards less than what is kept, and what alignment and one slot take.
  const std::uint64_t most = (live.size() + 1) * std::uint64_t{structure.min_segment_size + 48};
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
  const Opening before = opening_of(evidence.before.view(), evidence.identity);
  const Opening after = opening_of(evidence.after.view(), evidence.identity);
  Seen seen;
  seen.phase = log.phase();
  if (evidence.after.view().prefix() != evidence.before.view().prefix()) return violated("REC-2", "the prefix has changed");
  if (const Verdict v = check_opening(before, after, seen.phase); !v) return fail(v);

  const auto [structure, wrong] = examine_image(evidence.after);
  const Header header = evidence.after.view().header();
  const bool listed = header.free_head != 0 || header.spare_head != 0;
  if (before == Opening::untrusted && after != before && seen.phase < Phase::working && listed)
    return violated("REC-2", "the lists of an untrusted file are now trusted");
  if (wrong && (after != Opening::untrusted || wrong->code == ErrorCode::bad_header)) return unsound(*wrong);

  const std::vector<LiveSegment> live = log.live();
  const Recovered next = recovered(evidence.after, evidence.identity);
  if (const Verdict v = check_live(evidence.after, next.structure, live); !v) return fail(v);
  if (const Verdict v = check_prefix(evidence, recovered(evidence.before, evidence.identity), seen); !v) return fail(v);
  if (const Verdict v = check_idempotent(next, evidence.identity); !v) return fail(v);
  if (const Verdict v = check_rebuild_of(next, live); !v) return fail(v);

  seen.recovery = next.report;
  seen.live_segments = live.size();
  for (const LiveSegment& s : live) seen.live_bytes += s.segment.size;
  if (seen.recovery.unlisted_bytes < seen.live_bytes)
    return violated("SEG-2", "{} unlisted bytes, but {} are live", seen.recovery.unlisted_bytes, seen.live_bytes);
  seen.leaked_bytes = seen.recovery.unlisted_bytes - seen.live_bytes;
  return seen;
}

}  // namespace rarena::stress
