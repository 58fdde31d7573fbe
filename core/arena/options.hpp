// What a user chooses when an arena is made or opened. The names are those of the Rust crate, and so are most defaults
// (core/PARITY.md).
//
//     Options{.capacity = 1 << 20, .freelist = Freelist::pessimistic}
//
// Sizes are 64 bits wide, so that none is cut before it is looked at: one of more than 2^32 - 1 bytes is the error
// size_too_large.
//
// The two functions of Options are defined in validate.hpp.
//
// Thread safety: values only.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "../freelist/tuning.hpp"
#include "../layout/error.hpp"
#include "../layout/extent.hpp"
#include "../layout/prefix.hpp"
#include "../memory/file_handle.hpp"

namespace rarena {

/// What may be asked of any arena: enough for everything that operator new serves.
inline constexpr Size least_alignment_limit = 16;

/// The choices for a new arena, and for the opening of a file. Every member has a default, which is sound.
struct Options {
  /// Bytes of the memory, of a new file too: reserved bytes, header and data together. When an existing file is opened,
  /// this is ignored and the capacity is the size of the file.
  std::uint64_t capacity = 1024;

  /// Bytes at the start of the memory that are the user's own and that the arena never touches. Not recorded in a file:
  /// it must be opened with the value it was made with.
  std::uint64_t reserved = 0;

  /// Bytes; a power of two. What the start of heap memory is aligned to, and the largest alignment that may be asked of a heap
  /// arena; less than 16 is taken for 16. Maps are aligned to a page, and any alignment up to a page may be asked of them.
  std::uint64_t maximum_alignment = least_alignment_limit;

  /// Bytes. What is left of a free segment that is cut to a request is free too if it is not smaller than this; otherwise it
  /// belongs to the allocation, and is free when that is given back. Recorded: an existing file keeps its own value.
  std::uint64_t minimum_segment_size = 16;

  /// How often an allocation that found no room looks again, because other threads may be freeing. While one of them merges,
  /// it lets them run first. 0: it looks once.
  std::uint8_t maximum_retries = 5;

  /// Whether prefix and header lie inside the memory. A file is unified whatever is chosen here.
  bool unify = false;

  /// The version of what the user keeps in the arena. A file of another version is rejected.
  std::uint16_t magic_version = 0;

  /// How freed segments are kept, for the whole life of the arena. A file of another kind is rejected.
  Freelist freelist = Freelist::pessimistic;

  /// Where an allocation looks first: `first` keeps an arena small that frees as much as it allocates, and is slower, because
  /// every allocation searches the freelist. Not recorded.
  Reuse reuse = Reuse::at_exhaustion;

  /// When adjacent free segments become one. Not recorded.
  Merging merging = Merging::automatic;

  /// Bytes for the index, which makes searches of the freelist short, and for what merging goes by: of a new arena with a
  /// freelist. Usually none below 16 KiB, from there on a few hundred bytes, from 1 MiB on less than 1/180 of it. 0: none. More
  /// than that is spent on tables (256 bytes each), of which an arena with very many free segments of very many sizes may want
  /// more. What is there is recorded.
  std::optional<std::uint64_t> index = std::nullopt;

  /// Descriptors (16 bytes each) made when the arena is made, so that a full arena takes back its first freed segments whole.
  /// At most an eighth of the data bytes is spent on them; none if the freelist is none. So many unused ones, or a slab of 16,
  /// are not released by exclusive operations and openings.
  std::uint64_t descriptor_reserve = 16;

  /// Files only: make the file if it does not exist. It has its name only when it is complete.
  bool create = false;

  /// Files only: make the file, which must not exist; comes before `create`.
  bool create_new = false;

  /// New files only: their permissions, as chmod(2) has them, less the umask of the process.
  FileMode mode = default_mode;

  /// map_mut and map of files: other processes may have the file open in the same way, and allocate and free in it at the same
  /// time, at most 64 of them. Each may be killed at any step and holds nobody up. The first one recovers the file, the last
  /// one seals it. All of them need this option; who opens the file without it has it for himself (`map_mut`), or reads while
  /// nobody writes (`map`). With it `map` reads beside them: it knows nothing of the lists, and its free_segments() is empty. A
  /// table of 1040 bytes lies in the arena as long as it is shared. What one process alone may do is the error
  /// file_shared: exclusive operations, remove_on_drop, take_over, and writing by unsync::Arena. Not recorded.
  bool shared = false;

  /// Files only: how long an opening waits for others who have the file open in a way that excludes it, in milliseconds; then,
  /// or at once if it is 0, it has the error in_use.
  std::uint64_t lock_timeout_ms = 0;

  /// Existing files only: drop the freelist whatever the seal says, as after a power loss, and bring a cursor that lies beyond
  /// the end of the file back to it. For a file whose lists are damaged, or that was cut short, and whose segments the user
  /// knows: opened with `map` to read what is there, or with `map_mut` before a rebuild.
  bool drop_freelist = false;

  /// Maps that are written to: lock the pages of the header into memory (mlock(2)), one or two, so that they are never paged
  /// out. They count against RLIMIT_MEMLOCK: where that leaves no room, making, opening, growing and taking over have the
  /// error system. Of heap arenas, and of those that are only read, nothing is locked. Not recorded.
  bool lock_meta = false;

  /// Maps only: let the system provide all pages when the arena is made or opened, and not one by one when they are used
  /// (MAP_POPULATE). Of a file they are read in. What the system cannot provide is no error: it comes later. O(capacity). Not
  /// recorded.
  bool populate = false;

  /// map_anon only: huge pages of 2^huge bytes, 21 for 2 MiB (MAP_HUGETLB). The last one is whole, whatever the capacity.
  /// Errors of making the arena: system, EINVAL if there are no pages of this size, ENOMEM if the system keeps too few of
  /// them. Nothing falls back to smaller pages.
  std::optional<std::uint8_t> huge = std::nullopt;

  /// Where the data of a new arena in memory with these options would begin (BasicArena::data_offset), in bytes; nothing is
  /// made. Errors: invalid_alignment, size_too_large, wrong_freelist, capacity_too_small. Wait-free, in constant expressions
  /// too.
  [[nodiscard]] constexpr std::expected<Size, Error> data_offset() const;

  /// The same of a new file, which is unified whatever `unify` says. Of an existing file only the arena knows it: what was
  /// recorded counts.
  [[nodiscard]] constexpr std::expected<Size, Error> data_offset_unify() const;
};

}  // namespace rarena
