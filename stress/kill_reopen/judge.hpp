// The judgement of one cycle, from what was there before it and what its dead child left: bytes and log.
//
//     FL-1, SEG-1    the lists are sound, and nothing that is certainly live overlaps them; the bytes of live segments are as
//                    they were painted
//     REC-2          the same for what a flush covered; the file is accepted, and in a state that the child can have left,
//                    never an untrusted one unless it was that before; the lists of an untrusted file are trusted by nobody
//     REC-3          a killed opening, or exclusive operation, has carried out a prefix of its plan; a second recovery finds
//                    what the first one left
//     SEG-2          a rebuild from the live segments accounts for every byte
//
// Thread safety: functions of their arguments.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "kill_reopen/child.hpp"
#include "kill_reopen/image.hpp"
#include "kill_reopen/log.hpp"

namespace rarena::stress {

struct Violation {
  std::string invariant;
  std::string text;

  std::string message() const { return invariant + ": " + text; }
};

using Verdict = std::expected<void, Violation>;

struct Evidence {
  Role role = Role::work;
  detail::FileIdentity identity;
  Image before, after;
  LogCopy log_before, log_after;
};

// What a cycle showed.
struct Seen {
  Phase phase = Phase::starting;
  Recovery recovery;                // that the next opening will report
  std::uint64_t live_segments = 0;  // certainly live
  std::uint64_t live_bytes = 0;
  std::uint64_t leaked_bytes = 0;  // unlisted and not live
  bool cut_opening = false;        // the child had carried out a part of a recovery
  bool cut_exclusive = false;      // or a part of an exclusive operation
  bool grows = false;              // the new capacity of a truncate is not smaller
};

std::expected<Seen, Violation> judge(const Evidence& evidence);

// SEG-1 of these lists and segments, and the patterns. The lists are sound in themselves.
Verdict check_live(const Image& image, const detail::Structure& structure, std::span<const LiveSegment> live);

// SEG-1 and SEG-2, to the byte, of an image that was rebuilt from these live segments.
Verdict check_rebuilt(const Image& image, std::span<const LiveSegment> live);

std::vector<Extent> extents_of(std::span<const LiveSegment> live);

}  // namespace rarena::stress
