// ArenaProperties: what an arena says of itself whatever its store is: its memory, its numbers that never change, and what
// kind of memory it is. BasicArena inherits it.
//
// Thread safety: any number of threads, but for a resize of the arena. Progress: where nothing else is said, wait-free, O(1).
// Invariants: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "state.hpp"

namespace rarena {

/// What every arena says of itself, whatever its store is. BasicArena inherits it.
class ArenaProperties {
 public:
  // The bytes. None of these checks who owns them.

  /// The start of the memory, which is aligned to maximum_alignment(). An arena that is only read is not to be written to: the
  /// system ends the process that does. Valid until the arena ends or is truncated.
  [[nodiscard]] std::byte* data() const { return state_->data(); }

  /// The byte at an offset below the capacity, which is not checked. As data().
  [[nodiscard]] std::byte* get_pointer(std::uint64_t offset) const { return state_->data() + offset; }

  /// The offset of a byte of the memory, or of its end: what get_pointer() turns back. Error: out_of_range, for a pointer to
  /// anything else.
  [[nodiscard]] std::expected<Size, Error> offset(const void* pointer) const;

  /// All of the memory, from byte 0 to the capacity: reserved bytes, in the unified layout the header, the data, and what
  /// nobody has allocated. Not to be read while others write to it.
  [[nodiscard]] std::span<const std::byte> memory() const { return {data(), capacity()}; }

  /// The user's own bytes in front, Options::reserved of them.
  [[nodiscard]] std::span<std::byte> reserved_bytes() const { return {data(), reserved()}; }

  /// Locks the pages that a range of the memory lies in into memory: they are not paged out before munlock(), truncate() or the
  /// end of the arena. Locks do not add up: one munlock() ends every lock of a page, that of Options::lock_meta too. A child of
  /// fork has none. Errors: out_of_range (behind the capacity), system (as mlock(2): RLIMIT_MEMLOCK leaves too little).
  /// Blocking, O(size).
  [[nodiscard]] std::expected<void, Error> mlock(std::uint64_t offset, std::uint64_t size) const;

  /// Ends that. Errors: out_of_range, system. Blocking, O(size).
  [[nodiscard]] std::expected<void, Error> munlock(std::uint64_t offset, std::uint64_t size) const;

  // Numbers that never change, but for the capacity of a file that is truncated. In bytes.

  /// Bytes of the memory: reserved bytes, header and data.
  [[nodiscard]] Size capacity() const { return geometry().capacity(); }
  /// The user's own bytes in front.
  [[nodiscard]] Size reserved() const { return geometry().reserved(); }
  /// Where the data begin, behind reserved bytes and header.
  [[nodiscard]] Size data_offset() const { return static_cast<Size>(geometry().data_offset()); }
  /// The largest alignment that may be asked for.
  [[nodiscard]] Size maximum_alignment() const { return state_->alignment_limit(); }
  /// Bytes of a page of this machine.
  [[nodiscard]] static std::size_t page_size() noexcept { return rarena::detail::page_size(); }

  // Properties that never change.

  /// The version of what the user keeps in the arena: Options::magic_version.
  [[nodiscard]] std::uint16_t magic_version() const { return state_->prefix().magic_version; }
  /// The version of the format.
  [[nodiscard]] std::uint16_t version() const { return state_->prefix().format_version; }
  /// How freed segments are kept.
  [[nodiscard]] Freelist freelist() const { return state_->options().freelist; }
  /// Whether prefix and header lie inside the memory, as in every file.
  [[nodiscard]] bool unify() const { return geometry().unified(); }
  /// Whether what is written to the memory reaches a file: map_mut.
  [[nodiscard]] bool is_on_disk() const { return state_->memory().on_disk(); }
  /// Whether there is no file: alloc, map_anon.
  [[nodiscard]] bool is_in_memory() const { return !is_map_file(); }
  /// Whether the memory is a map, anonymous or of a file: all but alloc.
  [[nodiscard]] bool is_map() const { return state_->memory().mapped(); }
  /// Whether it is an anonymous map: map_anon.
  [[nodiscard]] bool is_map_anon() const { return is_map() && !is_map_file(); }
  /// Whether it is a map of a file, private or not: map_mut, map, map_copy, map_copy_read_only.
  [[nodiscard]] bool is_map_file() const { return state_->memory().file() != nullptr; }
  /// Whether the arena is open for reading only: map, map_copy_read_only.
  [[nodiscard]] bool read_only() const { return state_->read_only(); }
  /// Whether other processes may allocate and free in the file at the same time: Options::shared.
  [[nodiscard]] bool shared() const { return state_->shared(); }
  /// What the opening found, and what it did about it.
  [[nodiscard]] const Recovery& recovery() const { return state_->recovery(); }
  /// The path as given to map_mut and the others; nothing for memory.
  [[nodiscard]] const std::optional<std::filesystem::path>& path() const { return state_->path(); }

  /// How many copies of this arena there are; exact while no other thread copies one.
  [[nodiscard]] std::size_t refs() const { return static_cast<std::size_t>(state_.use_count()); }

 protected:
  /// Those of an arena with this state. BasicArena makes them.
  explicit ArenaProperties(std::shared_ptr<detail::ArenaState> state) : state_(std::move(state)) {}
  /// Whether they are those of one arena.
  friend bool operator==(const ArenaProperties&, const ArenaProperties&) = default;

  /// Where everything lies.
  const detail::Geometry& geometry() const { return state_->geometry(); }

  /// What all copies share; nullptr in one that was moved from or closed.
  std::shared_ptr<detail::ArenaState> state_;
};

}  // namespace rarena
