// BasicBytes: owned bytes of an arena, freed at the end of the handle's life; and the allocations that return it.
//
// A handle points to what the copies of its arena share: at least one of them must outlive it, which one does not matter.
// It moves and does not copy; a moved-from or detached one is empty. One whose bytes a rewind or clear has given up frees
// nothing, and may only be destroyed, detached or assigned to. In a process that does not own a file arena (fork) its end
// changes nothing. Checked builds end the program where a handle outlives its arena, or frees what is not live.
//
// Thread safety: as a std::vector<std::byte>; handles of one Arena may be used and freed in different threads.
// Progress: wait-free, but for the end of the life: as BasicArena::dealloc. Invariants: SEG-1, SEG-2 (the whole segment
// is freed, with its padding and slack).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <span>
#include <utility>

#include "../arena/arena.hpp"
#include "byte_access.hpp"

namespace rarena {

/// Bytes of an arena and their owner. byte_access.hpp has what is read and written of them.
template <WordStore Store>
class BasicBytes : public ByteAccess<BasicBytes<Store>> {
 public:
  /// An empty handle.
  BasicBytes() = default;
  /// A handle that owns `allocation`, which nobody else frees. BasicArena makes them.
  BasicBytes(const detail::LiveState<Store>& arena, Allocation allocation)
      : arena_(&arena), allocation_(allocation), epoch_(arena.epoch()) {
    if (!segment().empty()) arena.live().attach_handle();
  }
  /// Takes over what the other one owns.
  BasicBytes(BasicBytes&& other) noexcept
      : arena_(other.arena_), allocation_(std::exchange(other.allocation_, {})), epoch_(other.epoch_) {}
  /// The same; what this owned is freed.
  BasicBytes& operator=(BasicBytes&& other) noexcept {
    BasicBytes taken(std::move(other));
    std::swap(arena_, taken.arena_);
    std::swap(allocation_, taken.allocation_);
    std::swap(epoch_, taken.epoch_);
    return *this;
  }
  /// Frees the segment, unless a rewind has given it up.
  [[gnu::always_inline]] ~BasicBytes() {
    if (!segment().empty()) arena_->end_handle(segment().offset, segment().size, epoch_);
  }

  /// The first of the bytes that were asked for; nullptr if there are none.
  [[nodiscard]] std::byte* data() { return start(); }
  /// The same for reading.
  [[nodiscard]] const std::byte* data() const { return start(); }
  /// How many were asked for, whatever is written to them.
  [[nodiscard]] std::size_t size() const { return allocation_.used.size; }
  /// Whether there are none.
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// All of them.
  [[nodiscard]] std::span<std::byte> bytes() { return {data(), size()}; }
  /// The same for reading.
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data(), size()}; }

  /// Where they are in the memory: with it they are found again after the arena has been reopened.
  [[nodiscard]] Offset offset() const { return allocation_.used.offset; }
  /// All that is owned: the bytes, with padding before and slack behind them.
  [[nodiscard]] Extent segment() const { return allocation_.segment; }

  /// Whether the segment is still this handle's: false if it is empty, or if a rewind has given the bytes up.
  [[nodiscard]] bool owns() const { return !segment().empty() && arena_->holds(epoch_, segment()); }

  /// On return the segment is durable: no later opening takes it for free, and its bytes are those of now. Succeeds at once if
  /// the arena is on no disk. Errors: as BasicArena::flush_range. Blocking.
  [[nodiscard]] std::expected<void, Error> flush() const {
    if (segment().empty()) return {};
    return arena_->flush(segment().offset, segment().size);
  }

  /// Ends ownership without freeing: the bytes stay allocated. Returns segment(), which BasicArena::dealloc takes.
  Extent detach() {
    if (!segment().empty()) arena_->live().detach_handle();
    return std::exchange(allocation_, {}).segment;
  }

 private:
  std::byte* start() const { return empty() ? nullptr : arena_->at(offset()); }

  const detail::LiveState<Store>* arena_ = nullptr;
  Allocation allocation_;
  detail::Epoch epoch_ = 0;
};

/// Bytes of an Arena.
using Bytes = BasicBytes<AtomicStore>;

namespace unsync {
/// Bytes of an unsync::Arena.
using Bytes = BasicBytes<PlainStore>;
}  // namespace unsync

template <WordStore Store>
[[gnu::always_inline]] inline std::expected<BasicBytes<Store>, Error> BasicArena<Store>::alloc_aligned_bytes(
    std::uint64_t size, std::uint64_t alignment, Fill fill) const {
  return allocate_as(size, alignment, fill,
                     [](detail::LiveState<Store>& state, Allocation given) { return BasicBytes<Store>(state, given); });
}

template <WordStore Store>
[[gnu::always_inline]] inline std::expected<BasicBytes<Store>, Error> BasicArena<Store>::alloc_bytes(std::uint64_t size,
                                                                                                     Fill fill) const {
  return alloc_aligned_bytes(size, 1, fill);
}

template <WordStore Store>
template <class T>
std::expected<BasicBytes<Store>, Error> BasicArena<Store>::alloc_aligned_bytes(std::uint64_t extra_size, Fill fill) const {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - sizeof(T);
  return alloc_aligned_bytes(sizeof(T) + (extra_size < most ? extra_size : most), alignof(T), fill);
}

}  // namespace rarena
