// BasicSharedMagazine: an allocator for any number of threads, which keeps them apart. It has a slot for each processor, with
// room for a chunk (core/arena/shared_chunk.hpp). As long as no two threads meet at the cursor it is the arena itself; a thread
// that finds that another one has moved the cursor while it allocated begins a chunk in the slot of its processor, and from
// then on threads of different processors write to different words. A chunk that the arena refuses to replace ends. (The word
// shard is a part of a run here: core/GLOSSARY.md.)
//
// Allocations, frees, their errors and what is left of chunks are as in BasicMagazine, but that every thread may call, and that
// a process that dies loses at most a chunk for each processor. A slot belongs to no thread: which one a thread uses is a hint,
// and a thread that is moved in the middle of a call does no harm.
//
// It is a handle, as BasicBytes: a copy of its arena outlives it; it moves, while nobody uses it. After a rewind or clear it is
// the arena itself: begin_again() forgets what was given up of its chunks, and keeps the others. Before a rebuild: give_back().
//
// Thread safety: const members from any number of threads; the others only while nobody else is using it. Progress:
// lock-free; where the store is for one thread, no chunk ever begins. Invariants: SEG-1 to SEG-3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <utility>
#include <vector>

#include "../memory/processors.hpp"
#include "../words/exceptions.hpp"
#include "bytes.hpp"

namespace rarena {

/// An allocator of any number of threads, with a chunk for each processor once threads meet. It is a handle: a copy of the
/// arena outlives it.
template <WordStore Store>
class BasicSharedMagazine {
 public:
  /// One without an arena: it may only be destroyed or assigned to.
  BasicSharedMagazine() = default;
  /// BasicArena makes them. Throws std::bad_alloc.
  BasicSharedMagazine(const detail::LiveState<Store>& arena, Size bytes)
      : arena_(&arena), bytes_(bytes), epoch_(arena.epoch()), slots_(Store::concurrent ? detail::processors::count() : 1) {
    arena.live().attach_handle();
  }
  /// Takes over the other one's chunks; that may only be destroyed or assigned to. While nobody uses it.
  BasicSharedMagazine(BasicSharedMagazine&& other) noexcept
      : arena_(std::exchange(other.arena_, nullptr)), bytes_(other.bytes_), epoch_(other.epoch_),
        slots_(std::move(other.slots_)) {}
  /// The same; what this had not handed out goes back to its arena.
  BasicSharedMagazine& operator=(BasicSharedMagazine&& other) noexcept {
    BasicSharedMagazine taken(std::move(other));
    std::swap(arena_, taken.arena_);
    std::swap(bytes_, taken.bytes_);
    std::swap(epoch_, taken.epoch_);
    std::swap(slots_, taken.slots_);
    return *this;
  }
  /// Gives back what has not been handed out, in the process that owns the arena.
  ~BasicSharedMagazine() {
    if (arena_ == nullptr) return;
    begin_again();
    if (!arena_->foreign()) give_back();
    arena_->live().detach_handle();
  }

  /// As BasicArena::allocate, with its errors. Any number of threads. Lock-free.
  [[nodiscard]] std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment,
                                                          Fill fill = Fill::zero) const {
    const detail::SharedChunk<Store> chunk = chunk_here();
    if (!is_current() || !chunk.has_begun()) return allocate_there(chunk, size, alignment, fill);
    return arena_->allocate_from(chunk, size, alignment, fill);
  }
  /// As BasicArena::dealloc, with its errors; what was handed out last by the caller's processor may serve again. Any number of
  /// threads. Lock-free.
  [[nodiscard]] std::expected<void, Error> dealloc(std::uint64_t offset, std::uint64_t size) const {
    const detail::SharedChunk<Store> chunk = chunk_here();
    return is_current() ? arena_->deallocate_to(chunk, offset, size) : arena_->deallocate(offset, size);
  }
  /// As BasicArena::alloc_bytes, with its errors. The handle frees its bytes through the arena.
  [[nodiscard]] std::expected<BasicBytes<Store>, Error> alloc_bytes(std::uint64_t size, Fill fill = Fill::zero) const {
    const auto allocation = allocate(size, 1, fill);
    if (!allocation) return std::unexpected(allocation.error());
    return BasicBytes<Store>(*arena_, *allocation);
  }

  /// Begins a chunk for the caller's processor now, for who knows that threads will meet. Without room for one, none begins.
  void begin_here() const {
    if (is_current()) arena_->begin_chunk(chunk_here());
  }
  /// Ends all chunks: what has not been handed out goes back to the arena. They begin again when threads meet again.
  void give_back() const {
    if (!is_current()) return;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const detail::SharedChunk<Store> chunk = chunk_of(i);
      arena_->end_chunk(chunk);
    }
  }

  /// After a rewind or clear: forgets what was given up of its chunks, and keeps the others. Nobody else is using it.
  void begin_again() {
    if (arena_->epoch() == epoch_) return;
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (!arena_->holds(epoch_, chunk_of(i).left())) slots_[i].word = 0;
    epoch_ = arena_->epoch();
  }

  /// What has not been handed out, of all chunks together; exact while nobody else is using it.
  std::uint64_t unused() const {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) bytes += chunk_of(i).left().size;
    return bytes;
  }

 private:
  // On a line of the cache of its own; no two words are on neighbouring ones, which processors fetch together.
  struct alignas(128) Slot {
    std::uint64_t word = 0;
  };

  bool is_current() const { return arena_->epoch() == epoch_ && !arena_->foreign(); }
  detail::SharedChunk<Store> chunk_of(std::size_t slot) const {
    auto* const start = reinterpret_cast<std::byte*>(const_cast<std::uint64_t*>(&slots_[slot].word));
    return {Store(start), detail::Word<std::uint64_t>{}, bytes_};
  }
  detail::SharedChunk<Store> chunk_here() const {
    return chunk_of(Store::concurrent ? detail::processors::current(slots_.size()) : 0);
  }

  // From the arena. Where the cursor was not where it had been a moment before, somebody else is at work.
  [[nodiscard]] std::expected<Allocation, Error> allocate_there(const detail::SharedChunk<Store>& chunk, std::uint64_t size,
                                                                std::uint64_t alignment, Fill fill) const {
    const std::uint64_t cursor = arena_->allocated();
    const auto allocation = arena_->allocate(size, alignment, fill);
    if (Store::concurrent && allocation && allocation->used.offset > detail::align_up(cursor, alignment) && is_current())
      arena_->begin_chunk(chunk);
    return allocation;
  }

  const detail::LiveState<Store>* arena_ = nullptr;
  Size bytes_ = 0;
  detail::Epoch epoch_ = 0;
  std::vector<Slot> slots_;
};

/// A magazine of an Arena, for any number of threads.
using SharedMagazine = BasicSharedMagazine<AtomicStore>;

namespace unsync {
/// The same interface over an unsync::Arena: for one thread, and always the arena itself.
using SharedMagazine = BasicSharedMagazine<PlainStore>;
}  // namespace unsync

template <WordStore Store>
std::expected<BasicSharedMagazine<Store>, Error> BasicArena<Store>::sharded(std::uint64_t bytes) const {
  return change([&](auto& state) -> std::expected<BasicSharedMagazine<Store>, Error> {
    const auto size = detail::size_of(bytes);
    if (!size) return std::unexpected(size.error());
    return detail::within_heap(
        [&]() -> std::expected<BasicSharedMagazine<Store>, Error> { return BasicSharedMagazine<Store>(state, *size); });
  });
}

}  // namespace rarena
