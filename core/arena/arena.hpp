// BasicArena: the public arena. Threads carve segments out of one memory; freed segments serve again.
//
// An arena is a handle: copies are the same arena, and the last one closes it. A moved-from arena may only be destroyed
// or assigned to. The members that return handles of core/handles are defined there: include rarena.hpp. What does not depend
// on the store is in properties.hpp.
//
// Thread safety: every const member function of Arena may be called from any number of threads at a time; one handle object,
// like a std::shared_ptr, is not to be assigned to meanwhile. unsync::Arena: one thread at a time.
// Progress: where nothing else is said, wait-free, O(1).
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, CUR-1, PRG-1 (by the allocator), REC-1 to REC-3 (files).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "../memory/memory.hpp"
#include "../words/atomic_store.hpp"
#include "../words/exceptions.hpp"
#include "../words/plain_store.hpp"
#include "checksum.hpp"
#include "live_state.hpp"
#include "persistent_access.hpp"
#include "position.hpp"
#include "properties.hpp"
#include "read_only_state.hpp"
#include "validate.hpp"

namespace rarena {

template <WordStore Store>
class BasicBytes;
template <class T, WordStore Store>
class BasicOwned;
template <WordStore Store>
class BasicBytesWithArena;
template <class T, WordStore Store>
class BasicOwnedWithArena;
template <WordStore Store>
class BasicArenaScope;
template <WordStore Store>
class BasicMagazine;
template <WordStore Store>
class BasicSharedMagazine;

/// An arena: a memory that segments are carved out of, and the freelist of those that were freed. Arena is for any number of
/// threads, unsync::Arena for one at a time.
template <WordStore Store>
class BasicArena : public ArenaProperties, public PersistentAccess<Store> {
 public:
  // No factory throws: what the system or the heap cannot give is the error system. Called through an object, a factory has
  // nothing to do with it: it makes another arena, which is the result.

  /// An arena in heap memory. Errors: invalid_alignment, size_too_large, wrong_freelist, capacity_too_small, system. Blocking.
  [[nodiscard]] static std::expected<BasicArena, Error> alloc(const Options& options);

  /// An arena in anonymous pages, which cost nothing until they are used. Errors: as alloc. Blocking.
  [[nodiscard]] static std::expected<BasicArena, Error> map_anon(const Options& options);

  /// An arena in a file, made or opened as Options::create and create_new say; without them it must exist. The file stays
  /// locked until the last copy is gone, which closes it: everything is flushed, and the file sealed. A new file appears under
  /// its name when it is complete: of two that create it, one makes it, and the other one opens it (or finds it in_use). After
  /// an error there is no new file, and one that was there is as it was; what was done to one that had not been closed is in
  /// recovery(). The first file of a process starts a thread that only sleeps: by it the system notes in the file that the
  /// process has died. Errors: as alloc for a new file, file_exists, system; for an existing one not_a_regular_file,
  /// file_empty, file_too_small, file_too_large, not_an_arena, wrong_format_version, wrong_magic_version, wrong_freelist,
  /// bad_header, file_cut_short, bad_freelist, overlapping_segments, identity_unknown, in_use, system. Blocking.
  [[nodiscard]] static std::expected<BasicArena, Error> map_mut(const std::filesystem::path& path, const Options& options);

  /// An existing file for reading only, one of rarena 0.1 or of the Rust crate too. Whatever would change the arena has the
  /// error read_only. Any number of arenas may read a file, while none has it open with map_mut. Of a file whose seal is
  /// untrusted the lists are empty. Errors: as map_mut for an existing file. Blocking.
  [[nodiscard]] static std::expected<BasicArena, Error> map(const std::filesystem::path& path, const Options& options);

  /// A private copy of an existing file, which may be changed and never reaches the file; pages are copied when they are
  /// written to. Locks and errors: as map, but a file of an earlier format is wrong_format_version. Blocking.
  [[nodiscard]] static std::expected<BasicArena, Error> map_copy(const std::filesystem::path& path, const Options& options);

  /// As map, over private pages.
  [[nodiscard]] static std::expected<BasicArena, Error> map_copy_read_only(const std::filesystem::path& path,
                                                                           const Options& options);

  // Allocation. Sizes and alignments are in bytes; alignment counts from the start of the memory, which is aligned to
  // maximum_alignment(). Size 0 gives an empty allocation that owns nothing.
  // Errors of all: invalid_alignment, alignment_too_large, insufficient_space, read_only, other_process. Lock-free; the fill is
  // O(size).

  /// `size` bytes, aligned to 1, that are freed with their handle. Errors and progress: as all allocation.
  [[nodiscard]] std::expected<BasicBytes<Store>, Error> alloc_bytes(std::uint64_t size, Fill fill = Fill::zero) const;

  /// The same, aligned to `alignment`, a power of two.
  [[nodiscard]] std::expected<BasicBytes<Store>, Error> alloc_aligned_bytes(std::uint64_t size, std::uint64_t alignment,
                                                                            Fill fill = Fill::zero) const;

  /// Room for a T and `extra_size` bytes behind it, aligned for T. Nothing is constructed.
  template <class T>
  [[nodiscard]] std::expected<BasicBytes<Store>, Error> alloc_aligned_bytes(std::uint64_t extra_size = 0,
                                                                            Fill fill = Fill::zero) const;

  /// A T made from the arguments, destroyed and freed with its handle. Throws what its constructor throws.
  template <class T, class... Arguments>
  [[nodiscard]] std::expected<BasicOwned<T, Store>, Error> alloc(Arguments&&... arguments) const;

  // The same with handles that keep the arena: each holds a copy of it (core/handles/with_arena.hpp).

  /// As alloc_bytes.
  [[nodiscard]] std::expected<BasicBytesWithArena<Store>, Error> alloc_bytes_owned(std::uint64_t size,
                                                                                   Fill fill = Fill::zero) const;
  /// As alloc_aligned_bytes.
  [[nodiscard]] std::expected<BasicBytesWithArena<Store>, Error> alloc_aligned_bytes_owned(std::uint64_t size,
                                                                                           std::uint64_t alignment,
                                                                                           Fill fill = Fill::zero) const;
  /// As alloc_aligned_bytes<T>.
  template <class T>
  [[nodiscard]] std::expected<BasicBytesWithArena<Store>, Error> alloc_aligned_bytes_owned(std::uint64_t extra_size = 0,
                                                                                           Fill fill = Fill::zero) const;
  /// As alloc<T>.
  template <class T, class... Arguments>
  [[nodiscard]] std::expected<BasicOwnedWithArena<T, Store>, Error> alloc_owned(Arguments&&... arguments) const;

  /// A magazine: an allocator of one thread, which takes `bytes` at a time from the arena, from the first allocation on.
  /// Errors: size_too_large, read_only.
  [[nodiscard]] std::expected<BasicMagazine<Store>, Error> magazine(std::uint64_t bytes) const;

  /// One for any number of threads, which takes `bytes` at a time for each processor, once threads meet at the cursor. Errors:
  /// as magazine; system. Blocking.
  [[nodiscard]] std::expected<BasicSharedMagazine<Store>, Error> sharded(std::uint64_t bytes = 64 * 1024) const;

  /// The primitive under all of them: nothing frees these bytes but dealloc.
  [[nodiscard, gnu::always_inline]] std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment,
                                                                              Fill fill = Fill::zero) const {
    return allocate_as(size, alignment, fill, [](detail::LiveState<Store>&, Allocation given) { return given; });
  }

  /// Gives up bytes that the caller owns and that no handle will free: any part of one segment, or adjacent ones together.
  /// Errors: out_of_range (and then nothing has changed), read_only, other_process; in checked builds not_live: a double free,
  /// or bytes that are the arena's own. Lock-free, O(free segments).
  [[nodiscard, gnu::always_inline]] std::expected<void, Error> dealloc(std::uint64_t offset, std::uint64_t size) const {
    if (read_only()) [[unlikely]]
      return std::unexpected(Error{.code = ErrorCode::read_only});
    return live().deallocate(offset, size);
  }

  /// Makes adjacent free segments one, and gives what lies at the cursor to it, while others may be at work. Done by itself
  /// where Options::merging is automatic. How many segments there are less; none where the memory for it is not to be had.
  /// Errors: read_only, other_process. Lock-free, O(free segments).
  [[nodiscard]] std::expected<std::uint64_t, Error> merge() const {
    return change([](auto& state) { return state.merge(); });
  }

  /// Empties the freelist; its bytes, which are returned, count as discarded from now on.
  /// Errors: read_only, other_process. Lock-free, O(free segments).
  [[nodiscard]] std::expected<Size, Error> discard_freelist() const {
    return change([](auto& state) { return state.discard_freelist(); });
  }

  /// Counts bytes that the caller owns and will never give up as discarded. O(free segments), O(descriptors).
  /// Errors: out_of_range, if they are more than are allocated and neither free, discarded nor descriptors; read_only,
  /// other_process; system, if there is no memory for the sum.
  [[nodiscard]] std::expected<void, Error> increase_discarded(std::uint64_t bytes) const {
    return change([&](auto& state) { return state.increase_discarded(bytes); });
  }

  /// The free segments in the order of the list. Exact while no other thread allocates or frees. Throws std::bad_alloc.
  /// O(free segments), O(descriptors).
  [[nodiscard]] std::vector<Extent> free_segments() const {
    return ask([](const auto& state) { return state.free_segments(); });
  }

  /// How many descriptors are ready for more free segments. As exact, and O(descriptors).
  [[nodiscard]] Size spare_descriptors() const {
    return ask([](const auto& state) { return state.spare_descriptors(); });
  }

  // Allocated bytes. None of these checks who owns them, and no other thread writes to them while they are read.

  /// `size` bytes from an offset, for reading. Error: out_of_range, if they do not all lie between data_offset() and the
  /// cursor.
  [[nodiscard]] std::expected<std::span<const std::byte>, Error> get_bytes(std::uint64_t offset, std::uint64_t size) const;

  /// The same for writing. Errors: out_of_range, read_only.
  [[nodiscard]] std::expected<std::span<std::byte>, Error> get_bytes_mut(std::uint64_t offset, std::uint64_t size) const;

  /// A pointer to the first T that is aligned and not below an offset. Whether there is a T, the caller knows. Errors:
  /// alignment_too_large; out_of_range, as get_bytes; read_only, unless T is const.
  template <class T>
  [[nodiscard]] std::expected<T*, Error> get_aligned_pointer(std::uint64_t offset) const;

  /// All bytes below the cursor: reserved bytes, in the unified layout the header, and the data.
  [[nodiscard]] std::span<const std::byte> allocated_memory() const { return {data(), allocated()}; }

  /// The digest of the bytes that are allocated, or discarded, in the order of their offsets: no opening, merge or exclusive
  /// operation changes it as long as those bytes are allocated. Exact while no other thread uses the arena. O(bytes), O(n log
  /// n) for n free segments and descriptors, and what the checksumer costs. Throws std::bad_alloc, and what the checksumer
  /// throws.
  template <Checksumer C>
  [[nodiscard]] auto checksum(C checksumer) const {
    auto lists = ask([](const auto& state) { return state.listed(); });
    return detail::checksum_without(std::move(lists), std::move(checksumer), allocated_memory(), data_offset());
  }

  // Numbers that change. In bytes, and exact while no other thread allocates or frees.

  /// The cursor: the end of the bytes that have been carved off, counted from the start of the memory.
  [[nodiscard]] Size allocated() const {
    return ask([](const auto& state) { return state.allocated(); });
  }
  /// From the cursor to the end of the memory.
  [[nodiscard]] Size remaining() const {
    return ask([](const auto& state) { return state.remaining(); });
  }
  /// Bytes below the cursor that are neither owned nor free nor descriptors.
  [[nodiscard]] Size discarded() const {
    return ask([](const auto& state) { return state.discarded(); });
  }
  /// The smallest rest of a free segment that stays free when it is cut: Options::minimum_segment_size, or what was set last.
  [[nodiscard]] Size minimum_segment_size() const {
    return ask([](const auto& state) { return state.minimum_segment_size(); });
  }
  /// Changes it, in a file for good. Errors: size_too_large, read_only, other_process.
  [[nodiscard]] std::expected<void, Error> set_minimum_segment_size(std::uint64_t bytes) const {
    return change([&](auto& state) { return state.set_minimum_segment_size(bytes); });
  }

  // Durability. Each blocks until the bytes of the range and then the header are on disk: from then on no opening takes the
  // range for free, whatever happens. It succeeds at once if the arena is on no disk. Pages that nobody has written since they
  // were flushed last cost nothing, but the disk is waited for all the same. A flush that failed may have lost pages for good,
  // so every later one fails too (flush_failed), and the file is never sealed as clean: reopened, its lists are dropped. Who
  // does not want to wait calls one in a thread of his own. Errors: out_of_range (behind the cursor), other_process,
  // flush_failed, system.

  /// Makes everything durable that is allocated. Errors and progress: as every flush.
  [[nodiscard]] std::expected<void, Error> flush() const {
    return ask([](const auto& state) { return state.flush_all(); });
  }
  /// Makes a range of the allocated memory durable, and the header.
  [[nodiscard]] std::expected<void, Error> flush_range(std::uint64_t offset, std::uint64_t size) const {
    return ask([&](const auto& state) { return state.flush(offset, size); });
  }
  /// The same: the crate's name for it.
  [[nodiscard]] std::expected<void, Error> flush_header_and_range(std::uint64_t offset, std::uint64_t size) const {
    return flush_range(offset, size);
  }
  /// Makes the header durable, and with it where the cursor is, but none of what is below it.
  [[nodiscard]] std::expected<void, Error> flush_header() const {
    return ask([](const auto& state) { return state.flush_header(); });
  }

  /// Closes the arena, as the end of its last copy does, and says what went wrong. This must be the only copy (error: in_use,
  /// and then nothing has changed); afterwards it may only be destroyed or assigned to. Handles must have ended.
  /// Errors: flush_failed, system: some bytes may not be on disk; what is wrong with the lists (bad_freelist,
  /// overlapping_segments, bad_header), which is somebody's misuse. The file is then not sealed, and its lists are dropped when
  /// it is opened. The error system, too, where a file that is to go (remove_on_drop) still has its name; it is sealed as
  /// always. Blocking.
  [[nodiscard]] std::expected<void, Error> close() {
    if (refs() > 1) return std::unexpected(Error{.code = ErrorCode::in_use});
    const auto closed = read_only() ? std::expected<void, Error>() : live().close();
    state_.reset();
    return closed;
  }

  /// Whether the end of the arena (close(), or the end of its last copy) takes the name of the file away, and with its last
  /// name the file. It is taken away whatever else goes wrong then, by the process that owns the arena alone, and only while
  /// it is this file's name; a file that has other names is flushed and sealed as always, one that has none is not. Whether it
  /// has gone, close() says. After a power loss it may be there again, untrusted. Not while another thread uses the arena.
  /// Errors, and then the name stays: not_a_file (memory, or a private copy), read_only, other_process, system (ENOENT: path()
  /// is not the name of this file any more, or that of a symbolic link). Blocking.
  [[nodiscard]] std::expected<void, Error> remove_on_drop(bool remove) {
    return change([&](auto& state) { return state.remove_on_drop(remove); });
  }

  /// A process that fork made shares its parent's file arena and does not own it: its handles end without effect, and what
  /// would change the arena has the error other_process. This makes it the owner (a daemon opens, forks, and takes over in the
  /// child); then the parent's is the foreign one. No thread was in a call when the process forked, and neither process uses
  /// the arena meanwhile. In the owner, and for memory that is no file, it does nothing. If its flush fails, the owner's fail
  /// from then on (flush_failed). Errors: other_process (another child has been quicker), identity_unknown, flush_failed,
  /// system; what is wrong with the lists. Blocking.
  [[nodiscard]] std::expected<void, Error> take_over() {
    return read_only() ? std::expected<void, Error>() : live().take_over();
  }

  // Exclusive operations: no other thread is using the arena or one of its copies, nor a handle. A process that dies in the
  // middle of one leaves a sound file, of which some free bytes may be unlisted until it is rebuilt. O(n log n).

  /// Makes the freelist the exact complement of the live segments, which may come in any order; neighbours become one segment,
  /// and the cursor goes down to the last live byte, or to the descriptors above it. What is discarded are less than 16 bytes
  /// between live segments, or beside descriptors. Handles of segments that are not live must be detached. Named
  /// roots are live without being named; what they have allocated for themselves is not. Errors: out_of_range,
  /// overlapping_segments, bad_directory (and then nothing has changed); read_only, other_process, system.
  [[nodiscard]] std::expected<void, Error> rebuild(std::span<const Extent> live) {
    return change([&](auto& state) { return state.rebuild(live); });
  }

  /// Joins free segments that are neighbours, gives the topmost back to the cursor, and makes free bytes of descriptors that
  /// nobody needs; those that are needed no longer separate free bytes. Nothing is discarded, however small it is. Errors:
  /// read_only, other_process; bad_freelist and overlapping_segments, if the lists are damaged (and then nothing has changed);
  /// system.
  [[nodiscard]] std::expected<void, Error> compact_freelist() {
    return change([](auto& state) { return state.compact_freelist(); });
  }

  /// Moves the cursor down to a position, and gives up everything above it. Handles of bytes above it neither destroy nor free
  /// anything at their end, and may not be used otherwise. Named roots that reach above it are none any more; the others stay,
  /// whatever of theirs lies above. What is free below stays in its place: nothing is joined, and no descriptor is released.
  /// Errors: out_of_range (above the cursor, or below data_offset); bad_directory; as compact_freelist.
  ///
  /// O(1), whatever the capacity is and however much is allocated, if nothing has come into the freelist since the last
  /// exclusive operation or opening (a topmost segment that is freed does not), and nothing was listed above the position then;
  /// without a freelist always. Else the lists are followed, O(free segments) and O(descriptors), examined if something lies
  /// above, and only that is changed; where too few descriptors lie below it, the list is made anew, O(n log n). An arena
  /// without an index always looks at the lists. Named roots are looked at, too, if there are any. Where nothing lies above,
  /// lists that are damaged may go unnoticed.
  [[nodiscard]] std::expected<void, Error> rewind(ArenaPosition position) {
    return change([&](auto& state) { return state.rewind(position.resolve(allocated(), capacity())); });
  }

  /// As rewind to data_offset; the arena is as new, but for what the bytes hold and minimum_segment_size. O(1) if nothing was
  /// freed, else O(windows of the index), at most 4096. Errors: read_only, other_process, system.
  [[nodiscard]] std::expected<void, Error> clear() {
    return change([](auto& state) { return state.clear(); });
  }

  /// Rewinds to where the cursor is now, when it ends: core/handles/scope.hpp.
  [[nodiscard]] BasicArenaScope<Store> scope() { return BasicArenaScope<Store>(*this); }

  /// Grows or shrinks the file, and with it the capacity, in bytes. Pointers into the arena become invalid; offsets and
  /// handles do not. What makes a smaller file sound is durable before it is smaller. This must be the only copy. Errors:
  /// not_a_file, in_use (another copy), capacity_too_small (less than is allocated), size_too_large, read_only, other_process,
  /// flush_failed, system (and then nothing has changed). Blocking.
  [[nodiscard]] std::expected<void, Error> truncate(std::uint64_t capacity) {
    if (refs() != 1) return std::unexpected(Error{.code = ErrorCode::in_use});
    return change([&](auto& state) { return state.truncate(capacity); });
  }

  /// Whether the arena belongs to another process, of which this one is a child, or which has taken it over.
  [[nodiscard]] bool foreign() const { return !read_only() && live().foreign(); }

  /// A handle that owns what `allocate` returned, and that nobody else frees; an empty one, if the arena is only read.
  [[nodiscard]] BasicBytes<Store> handle_of(const Allocation& allocation) const {
    return read_only() ? BasicBytes<Store>() : BasicBytes<Store>(live(), allocation);
  }

  /// What a scope begins and ends: nothing, if the arena is only read.
  [[nodiscard]] detail::LiveState<Store>* state_of_scope() { return read_only() ? nullptr : &live(); }

  /// Whether both are the same arena.
  friend bool operator==(const BasicArena&, const BasicArena&) = default;

 private:
  friend class PersistentAccess<Store>;

  explicit BasicArena(std::shared_ptr<detail::ArenaState> state) : ArenaProperties(std::move(state)) {}

  // What the state is: which of the two is decided when it is made.
  detail::LiveState<Store>& live() const { return static_cast<detail::LiveState<Store>&>(*state_); }
  // What either of them answers.
  template <class Question>
  auto ask(Question question) const {
    return read_only() ? question(static_cast<const detail::ReadOnlyState&>(*state_)) : question(std::as_const(live()));
  }
  // What only a live one does. Error: read_only.
  template <class Act>
  std::invoke_result_t<Act, detail::LiveState<Store>&> change(Act act) const {
    if (read_only()) [[unlikely]]
      return std::unexpected(Error{.code = ErrorCode::read_only});
    return act(live());
  }

  // An allocation, as what make(state, allocation) makes of it. Who looks at the cursor first is no reader: one look is enough.
  template <class Make>
  [[gnu::always_inline]] auto allocate_as(std::uint64_t size, std::uint64_t alignment, Fill fill, Make make) const
      -> std::expected<std::invoke_result_t<Make, detail::LiveState<Store>&, Allocation>, Error> {
    if (!state_->cursor_first() && read_only()) [[unlikely]]
      return std::unexpected(Error{.code = ErrorCode::read_only});
    return detail::LiveState<Store>::allocate_as(live(), size, alignment, fill, make);
  }

  // The range, if it lies in the allocated bytes. Error: out_of_range.
  [[nodiscard]] std::expected<Extent, Error> check_allocated(std::uint64_t offset, std::uint64_t size) const {
    return ask([&](const auto& state) { return state.check_allocated(offset, size); });
  }
  // An arena over what `open()` returns. A file is changed last, when all memory that is needed is there.
  template <class Open>
  [[nodiscard]] static std::expected<BasicArena, Error> over(Open open, const Options& options,
                                                             const std::filesystem::path* path = nullptr);
  [[nodiscard]] static std::expected<BasicArena, Error> over_file(const std::filesystem::path& path, const Options& options,
                                                                  detail::FileAccess access);
};

/// An arena for any number of threads.
using Arena = BasicArena<AtomicStore>;

namespace unsync {
/// An arena for one thread at a time.
using Arena = BasicArena<PlainStore>;
}  // namespace unsync

/// An arena over what `open()` returns; a file is changed last.
template <WordStore Store>
template <class Open>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::over(Open open, const Options& options,
                                                                const std::filesystem::path* path) {
  return detail::within_heap([&]() -> std::expected<BasicArena, Error> {
    auto named = path != nullptr ? std::optional(*path) : std::nullopt;
    std::expected<detail::Opened, Error> opened = open();
    if (!opened) return std::unexpected(opened.error());
    if (opened->structure)
      return BasicArena(std::make_shared<detail::ReadOnlyState>(*std::move(opened), options, std::move(named)));
    detail::Beginning beginning = std::move(opened->beginning);
    auto state = std::make_shared<detail::LiveState<Store>>(*std::move(opened), options, std::move(named));
    if (const auto begun = state->begin(std::move(beginning)); !begun) return std::unexpected(begun.error());
    return BasicArena(std::move(state));
  });
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::alloc(const Options& options) {
  return over([&] { return detail::in_heap(options); }, options);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_anon(const Options& options) {
  return over([&] { return detail::in_anonymous_map(options); }, options);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::over_file(const std::filesystem::path& path, const Options& options,
                                                                     detail::FileAccess access) {
  return over([&] { return detail::open_existing_file(path, options, access); }, options, &path);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_mut(const std::filesystem::path& path, const Options& options) {
  if (options.shared && !Store::concurrent) return std::unexpected(Error{.code = ErrorCode::file_shared});
  auto arena = over([&] { return detail::open_file(path, options); }, options, &path);
  // Somebody else made the file while this one was being made.
  if (!arena && arena.error().code == ErrorCode::file_exists && !options.create_new)
    return over_file(path, options, detail::FileAccess::read_write);
  return arena;
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map(const std::filesystem::path& path, const Options& options) {
  return over_file(path, options, detail::FileAccess::read_only);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_copy(const std::filesystem::path& path, const Options& options) {
  return over_file(path, options, detail::FileAccess::copy);
}

template <WordStore Store>
std::expected<BasicArena<Store>, Error> BasicArena<Store>::map_copy_read_only(const std::filesystem::path& path,
                                                                              const Options& options) {
  return over_file(path, options, detail::FileAccess::copy_read_only);
}

template <WordStore Store>
std::expected<std::span<const std::byte>, Error> BasicArena<Store>::get_bytes(std::uint64_t offset, std::uint64_t size) const {
  const auto range = check_allocated(offset, size);
  if (!range) return std::unexpected(range.error());
  return std::span<const std::byte>(get_pointer(range->offset), range->size);
}

template <WordStore Store>
std::expected<std::span<std::byte>, Error> BasicArena<Store>::get_bytes_mut(std::uint64_t offset, std::uint64_t size) const {
  return change([&](auto& state) -> std::expected<std::span<std::byte>, Error> {
    const auto range = state.check_allocated(offset, size);
    if (!range) return std::unexpected(range.error());
    return std::span(state.at(range->offset), range->size);
  });
}

template <WordStore Store>
template <class T>
std::expected<T*, Error> BasicArena<Store>::get_aligned_pointer(std::uint64_t offset) const {
  static_assert(std::is_object_v<T>);
  if (!std::is_const_v<T> && read_only()) return std::unexpected(Error{.code = ErrorCode::read_only});
  const Size most = maximum_alignment();
  if (alignof(T) > most)
    return std::unexpected(Error{.code = ErrorCode::alignment_too_large, .asked = alignof(T), .there = most});
  const std::uint64_t aligned = detail::align_up(offset, alignof(T));
  if (const auto range = check_allocated(aligned, sizeof(T)); !range) return std::unexpected(range.error());
  return reinterpret_cast<T*>(get_pointer(aligned));
}

}  // namespace rarena
