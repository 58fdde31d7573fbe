// BasicArena: the public arena. Threads carve segments out of one memory; freed segments serve again.
//
// An arena is a handle: copies are the same arena, and the last one closes it. A moved-from arena may only be destroyed
// or assigned to. The members that return handles of core/handles are defined there: include rarena.hpp.
//
// Thread safety: every const member function of Arena may be called from any number of threads at a time; one handle object,
// like a std::shared_ptr, is not to be assigned to meanwhile. unsync::Arena: one thread at a time.
// Progress: where nothing else is said, wait-free.
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, CUR-1, PRG-1 (by the allocator), REC-1 to REC-3 (files).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../memory/memory.hpp"
#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "state.hpp"

namespace rarena {

template <WordStore Store>
class BasicBytes;
template <class T, WordStore Store>
class BasicOwned;

// Where a rewind goes to: so many bytes from the start of the memory, back from its end, or relative to the cursor.
class ArenaPosition {
 public:
  static constexpr ArenaPosition start(Size bytes) { return {From::start, bytes}; }
  static constexpr ArenaPosition end(Size bytes) { return {From::end, bytes}; }
  static constexpr ArenaPosition current(std::int64_t bytes) { return {From::current, bytes}; }

  // The offset, which may be out of range.
  constexpr std::int64_t resolve(Size allocated, Size capacity) const {
    if (from_ == From::start) return bytes_;
    return from_ == From::end ? std::int64_t{capacity} - bytes_ : std::int64_t{allocated} + bytes_;
  }

 private:
  enum class From : std::uint8_t { start, end, current };
  constexpr ArenaPosition(From from, std::int64_t bytes) : from_(from), bytes_(bytes) {}

  From from_;
  std::int64_t bytes_;
};

template <WordStore Store>
class BasicArena {
 public:
  // An arena in heap memory. Errors: invalid_alignment, wrong_freelist, capacity_too_small, system. Blocking.
  static std::expected<BasicArena, Error> alloc(const Options& options);

  // An arena in anonymous pages, which cost nothing until they are used. Errors: as alloc. Blocking.
  static std::expected<BasicArena, Error> map_anon(const Options& options);

  // An arena in a file, made or opened as Options::create and create_new say; without them it must exist. The file stays
  // locked until the last copy is gone, which closes it: everything is flushed, and the file sealed. A file that is rejected
  // is not modified; what was done to one that had not been closed is in recovery(). Errors: as alloc for a new file,
  // file_exists, in_use, system; for an existing one not_a_regular_file, file_too_small, file_too_large, not_an_arena,
  // wrong_format_version, wrong_magic_version, wrong_freelist, bad_header, bad_freelist, overlapping_segments. Blocking.
  static std::expected<BasicArena, Error> map_mut(const std::filesystem::path& path, const Options& options);

  // An existing file for reading only, one of the Rust crate too. Whatever would change the arena has the error read_only.
  // Any number of arenas may read a file, while none has it open with map_mut. Of a file whose seal is untrusted the lists
  // are empty. Errors: as map_mut for an existing file. Blocking.
  static std::expected<BasicArena, Error> map(const std::filesystem::path& path, const Options& options);

  // A private copy of an existing file, which may be changed and never reaches the file; pages are copied when they are
  // written to. Locks and errors: as map, but a file of the Rust crate is wrong_format_version. Blocking.
  static std::expected<BasicArena, Error> map_copy(const std::filesystem::path& path, const Options& options);

  // As map, over private pages.
  static std::expected<BasicArena, Error> map_copy_read_only(const std::filesystem::path& path, const Options& options);

  // Allocation. Sizes and alignments are in bytes; alignment counts from the start of the memory, which is aligned to
  // maximum_alignment(). Size 0 gives an empty allocation that owns nothing.
  // Errors of all: invalid_alignment, alignment_too_large, insufficient_space, read_only. Lock-free; the fill is O(size).

  // Bytes that are freed with their handle.
  std::expected<BasicBytes<Store>, Error> alloc_bytes(std::uint64_t size, Fill fill = Fill::zero) const;
  std::expected<BasicBytes<Store>, Error> alloc_aligned_bytes(std::uint64_t size, std::uint64_t alignment,
                                                              Fill fill = Fill::zero) const;
  // Room for a T and `extra_size` bytes behind it, aligned for T.
  template <class T>
  std::expected<BasicBytes<Store>, Error> alloc_aligned_bytes(std::uint64_t extra_size = 0, Fill fill = Fill::zero) const;

  // A T made from the arguments, destroyed and freed with its handle. Throws what its constructor throws.
  template <class T, class... Arguments>
  std::expected<BasicOwned<T, Store>, Error> alloc(Arguments&&... arguments) const;

  // The primitive under all of them: nothing frees these bytes but dealloc.
  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill = Fill::zero) const {
    return state_->allocate(size, alignment, fill);
  }

  // Gives up bytes that the caller owns and that no handle will free: any part of one segment, or adjacent ones together.
  // Errors: out_of_range (and then nothing has changed), read_only. Lock-free, O(free segments).
  std::expected<void, Error> dealloc(Offset offset, Size size) const { return state_->deallocate({offset, size}); }

  // Empties the freelist; its bytes, which are returned, count as discarded from now on.
  // Error: read_only. Lock-free.
  std::expected<Size, Error> discard_freelist() const { return state_->discard_freelist(); }

  // Counts bytes that the caller owns and will never give up as discarded.
  // Errors: out_of_range, if more would be discarded than is allocated; read_only.
  std::expected<void, Error> increase_discarded(Size bytes) const { return state_->increase_discarded(bytes); }

  // The free segments in the order of the list, and how many descriptors are ready for more. Exact while no other thread
  // allocates or frees. O(free segments), O(descriptors).
  std::vector<Extent> free_segments() const { return state_->free_segments(); }
  Size spare_descriptors() const { return state_->spare_descriptors(); }

  // The bytes. None of these checks who owns them.

  // The start of the memory, and the byte at an offset below the capacity.
  std::byte* data() const { return state_->data(); }
  std::byte* get_pointer(Offset offset) const { return state_->at(offset); }
  // Allocated bytes. Error: out_of_range.
  std::expected<std::span<const std::byte>, Error> get_bytes(Offset offset, Size size) const;
  // The user's own bytes in front.
  std::span<std::byte> reserved_bytes() const { return {data(), reserved()}; }

  // Numbers. In bytes; those that change are exact while no other thread allocates or frees.

  Size capacity() const { return geometry().capacity(); }
  Size reserved() const { return geometry().reserved(); }
  // Where the data begin, behind reserved bytes and header.
  Size data_offset() const { return static_cast<Size>(geometry().data_offset()); }
  // The cursor: the end of the bytes that have been carved off, counted from the start of the memory.
  Size allocated() const { return state_->allocated(); }
  // From the cursor to the end.
  Size remaining() const { return state_->remaining(); }
  // Bytes below the cursor that are neither owned nor free nor descriptors.
  Size discarded() const { return state_->discarded(); }
  Size minimum_segment_size() const { return state_->minimum_segment_size(); }
  // Error: read_only.
  std::expected<void, Error> set_minimum_segment_size(Size bytes) const { return state_->set_minimum_segment_size(bytes); }
  // The largest alignment that may be asked for.
  Size maximum_alignment() const { return state_->alignment_limit(); }

  // Properties that never change.

  std::uint16_t magic_version() const { return state_->prefix().magic_version; }
  // The version of the format.
  std::uint16_t version() const { return state_->prefix().format_version; }
  Freelist freelist() const { return state_->options().freelist; }
  bool unify() const { return geometry().unified(); }
  // Whether what is written reaches a file.
  bool is_on_disk() const { return state_->memory().on_disk(); }
  bool read_only() const { return state_->read_only(); }
  // What the opening found, and what it did about it.
  const Recovery& recovery() const { return state_->recovery(); }
  // As given to map_mut and the others; nothing for memory.
  const std::optional<std::filesystem::path>& path() const { return state_->path(); }

  // How many copies of this arena there are; exact while no other thread copies one.
  std::size_t refs() const { return static_cast<std::size_t>(state_.use_count()); }

  // Durability. Blocks until the bytes of the range, and whatever shares their pages, are on disk; succeeds at once if the
  // arena is not. Errors: out_of_range (behind the cursor), system.

  // Everything that is allocated.
  std::expected<void, Error> flush() const { return state_->memory().flush({0, allocated()}); }
  std::expected<void, Error> flush_range(Offset offset, Size size) const { return state_->flush({offset, size}); }
  // The range first, then prefix and header.
  std::expected<void, Error> flush_header_and_range(Offset offset, Size size) const {
    return state_->flush_header_and({offset, size});
  }

  // Exclusive operations: no other thread is using the arena or one of its copies, nor a handle. A process that dies in the
  // middle of one leaves a sound file, of which some free bytes may be unlisted until it is rebuilt. O(n log n).

  // Makes the freelist the exact complement of the live segments, which may come in any order; neighbours become one segment,
  // and the cursor goes down to the last live byte. Handles of segments that are not live must be detached.
  // Errors: out_of_range, overlapping_segments (and then nothing has changed); read_only, system.
  std::expected<void, Error> rebuild(std::span<const Extent> live) { return state_->rebuild(live); }

  // Joins free segments that are neighbours, and gives the topmost back to the cursor. Errors: read_only; bad_freelist and
  // overlapping_segments, if the lists are damaged (and then nothing has changed); system.
  std::expected<void, Error> compact_freelist() { return state_->compact_freelist(); }

  // Moves the cursor down to a position, and gives up everything above it. Handles of bytes above it neither destroy nor free
  // anything at their end, and may not be used otherwise. Errors: out_of_range (above the cursor, or below data_offset); as
  // compact_freelist.
  std::expected<void, Error> rewind(ArenaPosition position) {
    return state_->rewind(position.resolve(allocated(), capacity()));
  }

  // As rewind to data_offset; the arena is as new, but for what the bytes hold and minimum_segment_size. Error: read_only.
  std::expected<void, Error> clear() { return state_->clear(); }

  // Grows or shrinks the file, and with it the capacity. Pointers into the arena become invalid; offsets and handles do not.
  // This must be the only copy. Errors: not_a_file, in_use (another copy), capacity_too_small (less than is allocated),
  // read_only, system (and then nothing has changed). Blocking.
  std::expected<void, Error> truncate(Size capacity) {
    if (refs() != 1) return std::unexpected(Error{.code = ErrorCode::in_use});
    return state_->truncate(capacity);
  }

  // Whether both are the same arena.
  friend bool operator==(const BasicArena&, const BasicArena&) = default;

 private:
  using State = ArenaState<Store>;

  explicit BasicArena(std::shared_ptr<State> state) : state_(std::move(state)) {}
  const Geometry& geometry() const { return state_->geometry(); }
  static std::expected<BasicArena, Error> over(std::expected<OpenedFile, Error> file, const std::filesystem::path& path,
                                               const Options& options);

  std::shared_ptr<State> state_;
};

using Arena = BasicArena<AtomicStore>;

namespace unsync {
using Arena = BasicArena<PlainStore>;
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::alloc(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  const Size front = options.unify ? 0 : Geometry::pure_front;
  auto memory = VectorMemory::create(options.capacity, options.maximum_alignment, front);
  if (!memory) return std::unexpected(memory.error());
  return BasicArena(std::make_shared<State>(std::move(*memory), *plan, options, options.maximum_alignment, Recovery{},
                                            std::nullopt, std::nullopt));
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_anon(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  const Size front = options.unify ? 0 : Geometry::pure_front;
  auto memory = AnonymousMap::create(options.capacity, front);
  if (!memory) return std::unexpected(memory.error());
  const Size alignment = memory->alignment();
  return BasicArena(
      std::make_shared<State>(std::move(*memory), *plan, options, alignment, Recovery{}, std::nullopt, std::nullopt));
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::over(std::expected<OpenedFile, Error> file,
                                                                const std::filesystem::path& path, const Options& options) {
  if (!file) return std::unexpected(file.error());
  const Size alignment = file->memory.alignment();
  return BasicArena(std::make_shared<State>(std::move(file->memory), file->geometry, options, alignment, file->recovery, path,
                                            std::move(file->structure)));
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_mut(const std::filesystem::path& path, const Options& options) {
  return over(open_file(path, options), path, options);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map(const std::filesystem::path& path, const Options& options) {
  return over(open_existing_file(path, options, FileAccess::read_only), path, options);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_copy(const std::filesystem::path& path, const Options& options) {
  return over(open_existing_file(path, options, FileAccess::copy), path, options);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_copy_read_only(const std::filesystem::path& path,
                                                                              const Options& options) {
  return over(open_existing_file(path, options, FileAccess::copy_read_only), path, options);
}

template <WordStore Store>
std::expected<std::span<const std::byte>, Error> BasicArena<Store>::get_bytes(Offset offset, Size size) const {
  if (const auto inside = state_->check_allocated({offset, size}); !inside) return std::unexpected(inside.error());
  return std::span<const std::byte>(get_pointer(offset), size);
}

}  // namespace rarena
