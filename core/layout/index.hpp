// The index region: where a search of the freelist may begin, and what merging goes by. Pure functions.
//
// It lies between annex and data (geometry.hpp), and belongs to the arena:
//
//     +0    IndexHead   64 bytes: hints, and the shape of what follows
//     +64   windows     u32 each, padded to 16 bytes: the bytes of the free segments that begin in one window of the memory
//     then  roots       boundaries, 16 bytes each: one for each power of two of sizes from 2^first on
//     then  tables      of 16 boundaries each
//
// A boundary is a descriptor that is linked in the sorted list for ever and describes no segment. In its extent word stands
// for the size the key, and for the offset that of its child table, or 0. It stands for a range of sizes [low, low + 2^shift),
// before every segment of the range in the list: so its key is the size that comes first. A child table divides the range of
// its parent into 16, or into single sizes.
//
// Thread safety: values only. Invariants: FL-1 (the key of a boundary), SEG-1 (the region belongs to no segment).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "extent.hpp"
#include "link.hpp"

namespace rarena::detail {

// The head as bytes. The first eight and the last are hints: any value of theirs is sound (freelist/hints.hpp).
struct IndexHead {
  std::uint64_t inserted;      // segments that were ever put into the list
  std::uint64_t merged;        // what the last complete merge has covered
  std::uint64_t last;          // `inserted` when the last merge ended, complete or not
  std::uint32_t segments;      // free segments that it left
  std::uint32_t merging;       // 0, or somebody merges: 1 and how many were refused meanwhile
  std::uint32_t largest;       // no free segment is larger; optimistic lists only
  std::uint32_t next_table;    // tables that were handed out
  std::uint32_t window_shift;  // the shape
  std::uint32_t windows;
  std::uint32_t first;
  std::uint32_t roots;
  std::uint32_t tables;
  std::uint32_t pressed;  // how many more merges come early, since one allocation was refused
};

// What a complete merge has covered, as one word: the insertions, by the lower half of their number, and where the segments end
// that it leaves, which is below this.
struct Coverage {
  std::uint32_t inserted = 0;
  Offset end = null_offset;

  constexpr Coverage(std::uint32_t insertions, Offset place) : inserted(insertions), end(place) {}
  constexpr explicit Coverage(std::uint64_t bits)
      : inserted(static_cast<std::uint32_t>(bits)), end(static_cast<Offset>(bits >> 32U)) {}
  constexpr std::uint64_t bits() const { return std::uint64_t{end} << 32U | inserted; }
};

inline constexpr Size index_head_size = 64;
inline constexpr unsigned table_bits = 4;  // of a size are told apart by one table
inline constexpr Size table_boundaries = 1U << table_bits;
inline constexpr Size table_size = table_boundaries * descriptor_size;
static_assert(sizeof(IndexHead) == index_head_size && offsetof(IndexHead, segments) == 24);
static_assert(offsetof(IndexHead, window_shift) == 40 && offsetof(IndexHead, pressed) == 60);

// What an index region consists of. Without windows and roots there is none.
struct IndexShape {
  std::uint32_t window_shift = 0;  // a window is 2^window_shift bytes
  std::uint32_t windows = 0;
  std::uint32_t first = 0;  // the first root boundary stands for sizes from 2^first on
  std::uint32_t roots = 0;
  std::uint32_t tables = 0;

  // Every size has a boundary.
  static constexpr std::uint32_t usual_first = 0, usual_roots = 32;
  static constexpr std::uint64_t with_windows = 16 * 1024, with_roots = 64 * 1024;

  // That of an arena whose user asks for nothing else: from 1 MiB on less than 1/180 of the memory.
  static constexpr IndexShape usual(std::uint64_t capacity) {
    if (capacity < with_windows) return {};
    const auto shift = static_cast<std::uint32_t>(std::max(12, static_cast<int>(std::bit_width(capacity - 1)) - 12));
    IndexShape shape{.window_shift = shift, .windows = static_cast<std::uint32_t>(((capacity - 1) >> shift) + 1)};
    if (capacity < with_roots) return shape;
    shape.first = usual_first;
    shape.roots = usual_roots;
    shape.tables = static_cast<std::uint32_t>(std::max<std::uint64_t>(2, capacity / (256 * table_size)));
    return shape;
  }
  // What finds room in so many bytes.
  static constexpr IndexShape of_bytes(std::uint64_t capacity, std::uint64_t wanted) {
    IndexShape shape = usual(std::max(capacity, with_roots));
    shape.tables = 0;
    if (wanted < shape.bytes()) shape.first = shape.roots = 0;
    if (wanted < shape.bytes()) return {};
    if (shape.roots != 0) shape.tables = static_cast<std::uint32_t>((wanted - shape.bytes()) / table_size);
    return shape;
  }
  static constexpr IndexShape recorded(const IndexHead& head) {
    return {head.window_shift, head.windows, head.first, head.roots, head.tables};
  }

  constexpr bool none() const { return windows == 0 && roots == 0; }
  // Whether an arena can have it: a shape that was read from a file may be anything.
  constexpr bool possible() const {
    return window_shift < 32 && first + std::uint64_t{roots} <= 32 && (tables == 0 || roots != 0);
  }

  constexpr std::uint64_t windows_bytes() const {
    return align_up(std::uint64_t{windows} * sizeof(std::uint32_t), descriptor_size);
  }
  constexpr std::uint64_t bytes() const {
    if (none()) return 0;
    return index_head_size + windows_bytes() + std::uint64_t{roots} * descriptor_size + std::uint64_t{tables} * table_size;
  }

  friend constexpr bool operator==(const IndexShape&, const IndexShape&) = default;
};

static_assert(IndexShape{}.bytes() == 0 && IndexShape::usual(16 * 1024 - 1).none());
static_assert(IndexShape::usual(16 * 1024).windows == 4 && IndexShape::usual(16 * 1024).bytes() == 80);
static_assert(IndexShape::usual(1 << 20).bytes() == 64 + 1024 + 512 + 4096);
static_assert(IndexShape::usual(0xffffffff).windows == 4096);

}  // namespace rarena::detail
