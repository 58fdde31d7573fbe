// The directory of roots: what is found again by its name. A list of entries in live segments, which the annex leads to.
//
//     +0   u32     next       the next entry, or 0
//     +4   u32     check      CRC-32C of what follows, up to the end of the names
//     +8   extent  segment    u32 offset, u32 size: all that was allocated for the entry and its object
//     +16  u32     object     where the object lies, in the segment and behind the names
//     +20  u32     size       of the object
//     +24  u32     alignment  of its type
//     +28  u32     version    of its type
//     +32  u32     name_size  bytes of the name, and behind it
//     +36  u32     type_size  of the name of its type
//     +40  the two names
//
// An entry lies at a multiple of 16 and never changes, but for its link. One store publishes it, in the annex or in the link of
// another one, and one store takes it out.
//
// Thread safety: values only. Invariants: SEG-1 (an entry is in a live segment).
#pragma once

#include <cstddef>
#include <cstdint>

#include "extent.hpp"

namespace rarena::detail {

struct DirectoryEntry {
  std::uint32_t next;
  std::uint32_t check;
  Extent segment;
  std::uint32_t object;
  std::uint32_t size;
  std::uint32_t alignment;
  std::uint32_t version;
  std::uint32_t name_size;
  std::uint32_t type_size;
};

inline constexpr Size directory_entry_size = 40;  // without the names
inline constexpr Size directory_entry_alignment = 16;
inline constexpr Size directory_entry_checked_from = 8;
// Bytes of each of the two names.
inline constexpr Size longest_root_name = 255;
static_assert(sizeof(DirectoryEntry) == directory_entry_size);
static_assert(offsetof(DirectoryEntry, segment) == directory_entry_checked_from);
static_assert(offsetof(DirectoryEntry, object) == 16);
static_assert(offsetof(DirectoryEntry, size) == 20);
static_assert(offsetof(DirectoryEntry, alignment) == 24);
static_assert(offsetof(DirectoryEntry, version) == 28);
static_assert(offsetof(DirectoryEntry, name_size) == 32);
static_assert(offsetof(DirectoryEntry, type_size) == 36);

}  // namespace rarena::detail
