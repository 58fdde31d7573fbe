// Structure: everything that the header and the lists of a memory say, and every violation on the way.
//
// The walk takes any bytes. It follows each link at most once, so it ends; it needs memory linear in the descriptors it
// meets, in pieces of 4 KiB for each 512 KiB of the memory in which some lie, and O(n) time, or O(n log n) to report overlaps.
// What it checks is listed in core/FORMAT.md:
//
//     header        bounds of the cursor and of the discarded bytes, size of annex and index
//     lists         heads unmarked, descriptors aligned by construction and inside, none reached twice (so no cycle, and
//                   no descriptor in both lists), extents inside and not empty, sizes in order, unused ones marked
//     boundaries    in the freelist only, unmarked, keys in order with the sizes, child tables handed out
//     together      no two descriptors or free segments overlap; with the discarded bytes they are no more than there is
//
// A violation is an Error: what was expected at which byte, and what was found. The walk goes on behind a violation where it
// can.
//
// Progress: bounded by the size of the memory. Thread safety: functions of their arguments; nobody may be changing the bytes.
// Invariants: SEG-1, FL-1 (what a walk without a violation has shown of this memory).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <vector>

#include "../layout/error.hpp"
#include "../layout/seal.hpp"
#include "view.hpp"

namespace rarena::detail {

// So many unused descriptors need not be released: a slab.
inline constexpr std::size_t kept_spare = 16;

// A free segment as a list describes it. `descriptor` is where its description lies.
struct ListedSegment {
  Offset descriptor = null_offset;
  Extent extent;
  bool marked = false;  // claimed by a thread that did not come to unlink it

  friend bool operator==(const ListedSegment&, const ListedSegment&) = default;
};

// A boundary of the index (layout/index.hpp), and how many segments stand before it in the list.
struct ListedBoundary {
  Offset descriptor = null_offset;
  Size key = 0;
  Offset child = null_offset;  // its table of boundaries, or none
  std::size_t position = 0;

  friend bool operator==(const ListedBoundary&, const ListedBoundary&) = default;
};

struct Structure {
  Prefix prefix;
  Annex annex = {};
  Size data_offset = 0;
  Size descriptor_size = rarena::detail::descriptor_size;  // bytes; a file of the Rust crate: 8
  Size allocated = 0;
  Size discarded = 0;
  Size min_segment_size = 0;
  std::vector<ListedSegment> free = {};  // in the order of the list
  std::vector<ListedBoundary> boundaries = {};
  std::vector<Offset> spare = {};  // unused descriptors from the top of the stack
  ListSum sum = {};                // of all of them, as the seal covers them: a clean one covers no boundary

  Freelist kind() const { return static_cast<Freelist>(prefix.freelist); }
  // The sum of the lists without their boundaries.
  ListSum sum_of_segments() const;
  std::uint64_t free_bytes() const;
  std::uint64_t descriptor_bytes() const { return (free.size() + spare.size()) * std::uint64_t{descriptor_size}; }
  // Bytes below the cursor that are neither listed nor counted as discarded: they are live, or a crash has lost them.
  std::uint64_t unlisted_bytes() const;
};

struct Walk {
  // Called for each violation; false ends the walk.
  std::function<bool(const Error&)> violation = [](const Error&) { return false; };
  // Called now and then with the number of descriptors met so far.
  std::function<void(std::uint64_t)> progress = [](std::uint64_t) {};
};

// The structure of a memory whose prefix has been checked (format version 2 or 1, or 0 if it is a file of the Rust crate, and a
// known kind). Complete if no violation was reported; else as far as the walk came.
Structure examine(const MemoryView& view, const Walk& walk);

// A structure, and the first violation if there is one.
struct Examined {
  Structure structure;
  std::optional<Error> wrong;
};

// Error: system ENOMEM.
std::expected<Examined, Error> examine_all(const MemoryView& view);

// The structure, if the walk finds nothing wrong; else the first violation. Error: system ENOMEM too.
std::expected<Structure, Error> examine_sound(const MemoryView& view);

}  // namespace rarena::detail
