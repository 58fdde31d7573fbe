// The one oracle on an open arena, for every engine that drives one at random: what must hold whenever no call is running.
//
//     SEG-1   reserved bytes and header, live segments, free segments and descriptors are disjoint and where they may be
//     FL-1    the free segments that are not marked are in the order of their kind, and the arena lists just these
//     SEG-2   no more bytes are discarded than there are; if asked: those below the cursor are all accounted for
//
// It finds free segments and descriptors with a walk over the memory (core/recovery), but judges them itself: what the walk
// reports on its own comes last, so a hole in the walk's checks is not a hole in these.
//
// Thread safety: functions of their arguments; nobody may be using the arena. Invariants: SEG-1, SEG-2, FL-1 (checked).
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/arena/arena.hpp"
#include "core/freelist/policy.hpp"
#include "core/recovery/index_region.hpp"
#include "core/recovery/structure.hpp"

namespace rarena::oracle {

// What is wrong: one line that begins with the ID of an invariant. Nothing if nothing is.
using Verdict = std::optional<std::string>;

std::string text(std::integral auto number) { return std::to_string(number); }
inline std::string text(Extent extent) { return "[" + text(extent.offset) + ", " + text(extent.end()) + ")"; }

// Where everything lies in the memory of an arena. An arena is a BasicArena, or what has the members of one that are used here.
template <class Arena>
detail::MemoryView memory_of(const Arena& arena) {
  const auto geometry = [&] {
    if (arena.version() == detail::crate_format_version) return detail::Geometry::crate(arena.reserved(), arena.capacity());
    if (arena.version() == detail::format_version_1) return detail::Geometry::version_1(arena.reserved(), arena.capacity());
    return detail::geometry_of_arena(arena);
  };
  return {arena.data(), geometry()};
}

// A walk over a memory, and the first violation that it met on its way, which it does not end at.
struct Walked {
  detail::Structure structure;
  std::optional<Error> violation = {};
};

inline Walked walk(const detail::MemoryView& view) {
  std::optional<Error> first;
  const auto keep = [&](const Error& error) {
    if (!first) first = error;
    return true;
  };
  detail::Structure structure = detail::examine(view, {.violation = keep});
  return {std::move(structure), first};
}

namespace parts {

struct Part {
  Extent extent;
  const char* what;
};

inline std::string named(const Part& part) { return std::string(part.what) + " " + text(part.extent); }

inline std::vector<Part> parts_of(const detail::Structure& structure, std::span<const Extent> live) {
  std::vector<Part> parts;
  parts.reserve(live.size() + 2 * structure.free.size() + structure.spare.size());
  for (const Extent segment : live)
    if (!segment.empty()) parts.push_back({segment, "live segment"});
  for (const detail::ListedSegment& segment : structure.free) {
    parts.push_back({segment.extent, "free segment"});
    parts.push_back({{segment.descriptor, structure.descriptor_size}, "descriptor"});
  }
  for (const Offset spare : structure.spare) parts.push_back({{spare, structure.descriptor_size}, "unused descriptor"});
  return parts;
}

inline Verdict check_disjoint(const detail::Structure& structure, std::span<const Extent> live) {
  const std::vector<Part> parts = parts_of(structure, live);
  for (const Part& part : parts) {
    if (part.extent.empty()) return "SEG-1: " + named(part) + " is empty";
    if (part.extent.offset < structure.data_offset)
      return "SEG-1: " + named(part) + " reaches into the reserved bytes and the header, which end at " +
             text(structure.data_offset);
    if (part.extent.end() > structure.allocated)
      return "SEG-1: " + named(part) + " reaches above the cursor, " + text(structure.allocated);
  }
  std::vector<std::uint64_t> order;  // an offset, and which part it is: sorted several times as quickly as the parts
  order.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) order.push_back(std::uint64_t{parts[i].extent.offset} << 32U | i);
  std::ranges::sort(order);
  const auto part = [&](std::size_t nth) -> const Part& { return parts[order[nth] & 0xffffffffU]; };
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Part &before = part(i - 1), &here = part(i);  // neighbours suffice: the first overlap is between neighbours
    if (here.extent.offset < before.extent.end()) return "SEG-1: " + named(before) + " overlaps " + named(here);
  }
  return std::nullopt;
}

inline Verdict check_order(const detail::Structure& structure) {
  std::optional<Size> earlier;
  for (const detail::ListedSegment& segment : structure.free) {
    if (segment.marked) continue;
    const Size size = segment.extent.size;
    const bool out_of_order =
        earlier && (structure.kind() == Freelist::optimistic ? detail::Optimistic::precedes(size, *earlier)
                                                             : detail::Pessimistic::precedes(size, *earlier));
    if (out_of_order) return "FL-1: a free segment of " + text(size) + " bytes stands behind one of " + text(*earlier);
    earlier = size;
  }
  return std::nullopt;
}

inline Verdict check_discarded(const detail::Structure& structure) {
  const std::uint64_t begin = structure.data_offset, end = std::max<std::uint64_t>(begin, structure.allocated);
  const std::uint64_t listed = structure.free_bytes() + structure.descriptor_bytes();
  if (structure.discarded + listed <= end - begin) return std::nullopt;
  return "SEG-2: " + text(structure.discarded) + " bytes count as discarded and " + text(listed) + " are listed, of " +
         text(end - begin) + " below the cursor";
}

inline Verdict check_walk(const Walked& walked) {
  if (!walked.violation) return std::nullopt;
  const bool lists = walked.violation->code == ErrorCode::bad_freelist;
  return (lists ? "FL-1: " : "SEG-1: ") + walked.violation->message();
}

inline Verdict check_listed(const detail::Structure& structure, const std::vector<Extent>& listed, bool with_marked) {
  std::vector<Extent> expected;
  expected.reserve(structure.free.size());
  for (const detail::ListedSegment& segment : structure.free)
    if (with_marked || !segment.marked) expected.push_back(segment.extent);
  if (listed == expected) return std::nullopt;
  std::string found = "FL-1: the arena lists";
  for (const Extent segment : listed) found += " " + text(segment);
  found += ", the memory";
  for (const Extent segment : expected) found += " " + text(segment);
  return found;
}

inline Verdict first_of(std::initializer_list<Verdict> verdicts) {
  for (const Verdict& verdict : verdicts)
    if (verdict) return verdict;
  return std::nullopt;
}

inline std::int64_t unaccounted(const detail::Structure& structure, std::span<const Extent> live) {
  std::uint64_t known = structure.discarded + structure.free_bytes() + structure.descriptor_bytes();
  for (const Extent segment : live) known += segment.size;
  return static_cast<std::int64_t>(structure.allocated - std::uint64_t{structure.data_offset}) -
         static_cast<std::int64_t>(known);
}

}  // namespace parts

// SEG-2 as a number: the bytes below the cursor that are neither live nor free, nor descriptors, nor discarded. 0 in an arena
// whose live segments are all known; otherwise at least constant, but for rewind and rebuild.
template <class Arena>
std::int64_t unaccounted(const Arena& arena, std::span<const Extent> live) {
  return parts::unaccounted(walk(memory_of(arena)).structure, live);
}

// Whether an arena that can be written is sound. `walked` is a walk over its memory as it is now. `live` are the segments that
// are known to be live; there may be more. `unaccounted_bytes`: how many bytes SEG-2 leaves; nothing: it is not asked for.
template <class Arena>
Verdict sound(const Arena& arena, const Walked& walked, std::span<const Extent> live,
              std::optional<std::int64_t> unaccounted_bytes = std::nullopt) {
  const detail::Structure& structure = walked.structure;
  if (Verdict wrong = parts::first_of({parts::check_disjoint(structure, live), parts::check_order(structure),
                                       parts::check_discarded(structure), parts::check_walk(walked),
                                       parts::check_listed(structure, arena.free_segments(), false)}))
    return wrong;
  if (arena.spare_descriptors() != structure.spare.size())
    return "FL-1: the arena counts " + text(arena.spare_descriptors()) + " unused descriptors, the memory has " +
           text(structure.spare.size());
  const std::int64_t rest = parts::unaccounted(structure, live);
  if (unaccounted_bytes && rest != *unaccounted_bytes)
    return "SEG-2: expected " + text(*unaccounted_bytes) + " bytes without account, found " + text(rest);
  return std::nullopt;
}

template <class Arena>
Verdict sound(const Arena& arena, std::span<const Extent> live, std::optional<std::int64_t> unaccounted_bytes = std::nullopt) {
  return sound(arena, walk(memory_of(arena)), live, unaccounted_bytes);
}

// Whether an arena that is only read is sound. The memory under it is as its last writer left it: of an untrusted one the
// lists are not to be shown, and what is marked counts as free.
template <WordStore Store>
Verdict sound_snapshot(const BasicArena<Store>& arena) {
  const std::vector<Extent> listed = arena.free_segments();
  if (arena.recovery().opening == Recovery::Opening::untrusted) {
    if (listed.empty() && arena.spare_descriptors() == 0) return std::nullopt;
    return "REC-2: the lists of an untrusted file are shown";
  }
  Walked walked = walk(memory_of(arena));
  // A node that the Rust crate removed has no bytes of its own.
  if (arena.version() == detail::crate_format_version)
    std::erase_if(walked.structure.free, [](const detail::ListedSegment& segment) { return segment.extent.empty(); });
  return parts::first_of({parts::check_disjoint(walked.structure, {}), parts::check_order(walked.structure),
                          parts::check_walk(walked), parts::check_listed(walked.structure, listed, true)});
}

}  // namespace rarena::oracle
