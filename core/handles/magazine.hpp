// BasicMagazine: an allocator for one thread at a time. It takes a chunk of bytes from its arena and hands them out without
// atomics (core/arena/chunk.hpp); a request that is larger than a quarter of a chunk is the arena's.
//
// What it has handed out is allocated as by the arena, and outlives it: any thread may free it through the arena, or a handle
// does. Freed through its magazine, the last segment that it handed out serves again; any other goes to the arena. What a chunk
// has left when the next one is taken, or when the magazine ends, goes back to the arena.
//
// Bytes that have not been handed out are allocated as far as the arena knows, and in no list: a process that dies loses them,
// at most one chunk of each magazine, as it loses any allocation that nobody knows of (REC-2), and BasicArena::rebuild finds
// them. It gives them to the list as well while a magazine lives: give_back() before it.
//
// It is a handle, as BasicBytes: a copy of its arena outlives it; it moves, and a moved-from one may only be destroyed or
// assigned to. What a rewind or clear has given up of a chunk is forgotten, and what straddles the cursor with it. In a process
// that does not own a file arena (fork) it allocates nothing, and its end changes nothing. Checked builds report a free
// of bytes that it has not handed out.
//
// Thread safety: as a std::vector: threads that use one in turn synchronize. Others may use the arena, or magazines of their
// own. Progress: wait-free, O(1) within a chunk; otherwise as BasicArena::allocate and dealloc. Invariants: SEG-1 to SEG-3.
#pragma once

#include <cstdint>
#include <cstring>
#include <expected>
#include <limits>
#include <utility>

#include "bytes.hpp"

namespace rarena {

/// An allocator of one thread at a time, which takes its bytes from an arena by the chunk. It is a handle: a copy of the arena
/// outlives it.
template <WordStore Store>
class BasicMagazine {
 public:
  /// One without an arena.
  BasicMagazine() = default;
  /// BasicArena makes them.
  BasicMagazine(const detail::LiveState<Store>& arena, Size bytes) : arena_(&arena), chunk_(bytes), epoch_(arena.epoch()) {
    arena.live().attach_handle();
  }
  /// Takes over the other one's chunk; that may only be destroyed or assigned to.
  BasicMagazine(BasicMagazine&& other) noexcept
      : arena_(std::exchange(other.arena_, nullptr)), chunk_(std::exchange(other.chunk_, detail::Chunk<Store>())),
        epoch_(other.epoch_) {}
  /// The same; what this had not handed out goes back to its arena.
  BasicMagazine& operator=(BasicMagazine&& other) noexcept {
    BasicMagazine taken(std::move(other));
    std::swap(arena_, taken.arena_);
    std::swap(chunk_, taken.chunk_);
    std::swap(epoch_, taken.epoch_);
    return *this;
  }
  /// Gives back what has not been handed out, in the process that owns the arena.
  ~BasicMagazine() {
    if (arena_ == nullptr) return;
    give_back();
    arena_->live().detach_handle();
  }

  /// As BasicArena::allocate, with its errors. Wait-free, O(1) within a chunk; the fill is O(size).
  [[nodiscard, gnu::always_inline]] std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment,
                                                                              Fill fill = Fill::zero) {
    const bool sound = size - 1 < std::numeric_limits<Size>::max() && detail::is_power_of_two(alignment);
    if (sound && alignment <= arena_->alignment_limit()) {
      const detail::Carved piece = take({static_cast<Size>(size), static_cast<Size>(alignment)});
      if (piece) [[likely]] {
        if (fill == Fill::zero) std::memset(arena_->at(piece.start), 0, size);
        return Allocation{piece.all(), piece.used()};
      }
    }
    return allocate_slowly(size, alignment, fill);
  }
  /// As BasicArena::dealloc, with its errors. The segment that this has handed out last serves again, wait-free, O(1); any
  /// other one goes to the arena.
  [[nodiscard]] std::expected<void, Error> dealloc(std::uint64_t offset, std::uint64_t size) {
    follow_rewinds();
    return arena_->deallocate_to(chunk_, offset, size);
  }
  /// As BasicArena::alloc_bytes, with its errors. The handle frees through the arena, and may outlive the magazine.
  [[nodiscard]] std::expected<BasicBytes<Store>, Error> alloc_bytes(std::uint64_t size, Fill fill = Fill::zero) {
    const auto allocation = allocate(size, 1, fill);
    if (!allocation) return std::unexpected(allocation.error());
    return BasicBytes<Store>(*arena_, *allocation);
  }

  /// The quick part of it: bytes for a sound request that is not empty, if the present chunk has them; else none.
  [[gnu::always_inline]] detail::Carved take(detail::Request request) {
    return arena_->epoch() == epoch_ ? arena_->take_from(chunk_, request) : detail::Carved();
  }

  /// Gives back what has not been handed out, lock-free; the next allocation begins a new chunk.
  void give_back() {
    follow_rewinds();
    chunk_.ask_again();
    if (arena_->foreign())
      chunk_.forget();
    else
      arena_->end_chunk(chunk_);
  }

  /// Forgets what has not been handed out: nobody has it until the arena is rebuilt. Wait-free.
  void forget() { chunk_.forget(); }

  /// What has not been handed out of the present chunk. Wait-free.
  Extent unused() const { return chunk_.left(); }

 private:
  [[gnu::noinline]] std::expected<Allocation, Error> allocate_slowly(std::uint64_t size, std::uint64_t alignment, Fill fill) {
    follow_rewinds();
    return arena_->allocate_from(chunk_, size, alignment, fill);
  }
  void follow_rewinds() {
    if (arena_->epoch() == epoch_) [[likely]]
      return;
    if (!arena_->holds(epoch_, chunk_.left())) chunk_.forget();
    chunk_.ask_again();
    epoch_ = arena_->epoch();
  }

  const detail::LiveState<Store>* arena_ = nullptr;
  detail::Chunk<Store> chunk_;
  detail::Epoch epoch_ = 0;
};

/// A magazine of an Arena.
using Magazine = BasicMagazine<AtomicStore>;

namespace unsync {
/// A magazine of an unsync::Arena.
using Magazine = BasicMagazine<PlainStore>;
}  // namespace unsync

template <WordStore Store>
std::expected<BasicMagazine<Store>, Error> BasicArena<Store>::magazine(std::uint64_t bytes) const {
  return change([&](auto& state) -> std::expected<BasicMagazine<Store>, Error> {
    const auto size = detail::size_of(bytes);
    if (!size) return std::unexpected(size.error());
    return BasicMagazine<Store>(state, *size);
  });
}

}  // namespace rarena
