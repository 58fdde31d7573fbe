// Allocator: fast path and slow path over a store; owns no memory and makes no system call. The arena and the scenarios
// of models/ run this very code.
//
//     allocate      cursor (fast path); at the end of the memory, the freelist (slow path); a merge before it is refused.
//                   The freelist first, if that is chosen
//     deallocate    topmost segment: back to the cursor; otherwise to the freelist, or discarded
//
// Progress: every call is lock-free. Thread safety: any number of threads, if the store is concurrent.
// Invariants: SEG-1 to SEG-3, FL-1 to FL-5, CUR-1, PRG-1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <vector>

#include "../bump/cursor.hpp"
#include "../freelist/free_segments.hpp"
#include "../layout/error.hpp"
#include "../layout/geometry.hpp"
#include "../layout/range.hpp"
#include "../words/word_store.hpp"

namespace rarena::detail {

template <WordStore Store, class Bump = Cursor<Store>, SegmentSource Segments = FreeSegments<Store>>
class Allocator {
 public:
  Allocator(Store store, const Geometry& geometry, Bump cursor, Segments segments, Tuning tuning)
      : store_(store), geometry_(geometry), cursor_(cursor), segments_(segments), tuning_(tuning) {}

  // Bytes for the request, exclusively the caller's and not initialised; nullopt: it is refused (no_room). Size 0 gives an
  // empty allocation and touches nothing. Lock-free.
  [[nodiscard]] std::optional<Allocation> allocate(Request request) const {
    if (request.size == 0) return Allocation{};
    return finish(request, cursor_first() ? start(request) : Carved{});
  }

  // The same in two steps, for a request that is not of 0 bytes: what the cursor gives, if that comes first; and what else is
  // to be done if that is nothing, or has padding. Lock-free.
  bool cursor_first() const { return tuning_.reuse == Reuse::at_exhaustion; }
  [[gnu::always_inline]] Carved start(Request request) const { return cursor_.take(request); }
  [[nodiscard]] std::optional<Allocation> finish(Request request, Carved fresh) const {
    if (fresh) return segments_.settle(fresh);
    const std::uint64_t inserted = segments_.inserted();
    auto taken = cursor_first() ? segments_.take(request) : take(request);
    return taken ? taken : look_again(request, inserted);
  }

  // The error of a request that was refused: what there is. Exact at quiescence. Lock-free; without an index O(length).
  Error no_room(std::uint64_t asked, Request request) const {
    const FreeBytes left = segments_.left_for(request);
    const Size above = remaining();
    return {.code = ErrorCode::insufficient_space,
            .asked = asked,
            .there = std::max(above, left.largest),
            .at = above + left.bytes};
  }

  // Gives up bytes that the caller owns: any part of one allocation, or adjacent ones together. Error: out_of_range (and
  // then nothing has changed). Lock-free, O(length of the freelist).
  [[nodiscard]] std::expected<void, Error> deallocate(Extent segment) const {
    if (segment.empty()) return {};
    const std::uint32_t top = cursor_.allocated();
    const auto inside = allocated_range(geometry_, top, segment.offset, segment.size);
    if (!inside) return std::unexpected(inside.error());
    take_back(segment, top);
    return {};
  }
  // The same for bytes that are known to be allocated. Lock-free, O(length of the freelist).
  void take_back(Extent segment) const {
    if (!segment.empty()) take_back(segment, cursor_.allocated());
  }
  // And by one who has just read the cursor, for some bytes.
  [[gnu::always_inline]] void take_back(Extent segment, std::uint32_t top) const {
    if (!cursor_.give_back(segment, top)) segments_.put(segment);
  }

  // Counts bytes that the caller owns, and will not give up in any other way, as discarded. Error: out_of_range, if they are
  // more than are neither free nor discarded nor descriptors: exact at quiescence, and never beside other threads for bytes
  // that the caller owns, because none of these is counted, and everything else once. Throws std::bad_alloc. Lock-free,
  // O(n log n) in free segments and descriptors.
  [[nodiscard]] std::expected<void, Error> give_up(std::uint64_t bytes) const;

  // The range, if it lies in the allocated bytes; an empty one lies anywhere. Error: out_of_range. Wait-free.
  [[nodiscard]] std::expected<Extent, Error> check_allocated(std::uint64_t offset, std::uint64_t size) const {
    return allocated_range(geometry_, cursor_.allocated(), offset, size);
  }

  Size remaining() const {
    const std::uint32_t top = cursor_.allocated();
    return top < geometry_.capacity() ? geometry_.capacity() - top : 0;
  }

  const Bump& cursor() const { return cursor_; }
  const Segments& segments() const { return segments_; }

 private:
  // Nothing was found in a search that had seen so many insertions.
  [[gnu::noinline]] std::optional<Allocation> look_again(Request request, std::uint64_t inserted) const {
    bool merged = false;
    for (unsigned attempt = 0;; ++attempt) {
      if (!merged && segments_.merge_for(request)) {
        merged = true;
        if (auto taken = take(request)) return taken;
      }
      if (!Store::concurrent || attempt == tuning_.maximum_retries) break;
      if (segments_.merging()) store_.yield();  // it may have been interrupted
      if (auto taken = take_new(request, inserted)) return taken;
    }
    // A merge that came early may have given to the cursor what the list had not.
    if (!merged && tuning_.merging == Merging::automatic)
      if (const Carved fresh = cursor_.take(request)) return segments_.settle(fresh);
    return std::nullopt;
  }
  // From the list only if something has come into it.
  [[nodiscard]] std::optional<Allocation> take_new(Request request, std::uint64_t& inserted) const {
    if (const Carved fresh = cursor_.take(request)) return segments_.settle(fresh);
    return segments_.inserted_since(inserted) ? segments_.take(request) : std::nullopt;
  }
  [[nodiscard]] std::optional<Allocation> take(Request request) const {
    if (!cursor_first()) {
      if (auto taken = segments_.take(request)) return taken;
    }
    if (const Carved fresh = cursor_.take(request)) return segments_.settle(fresh);
    return cursor_first() ? segments_.take(request) : std::nullopt;
  }

  Store store_;
  Geometry geometry_;
  Bump cursor_;
  Segments segments_;
  Tuning tuning_;
};

template <WordStore Store, class Bump, SegmentSource Segments>
std::expected<void, Error> Allocator<Store, Bump, Segments>::give_up(std::uint64_t bytes) const {
  // First the discarded bytes, which are never free again; a byte that is free twice, because it moved, is counted once.
  const std::uint64_t discarded = cursor_.discarded();
  std::vector<Extent> ranges;
  segments_.walk_all([&](Extent range) { ranges.push_back(range); });
  const Offset top = cursor_.allocated();
  const std::uint64_t known = geometry_.data_offset() + discarded + covered(ranges, top);
  if (known > top || bytes > top - known) {
    const std::uint64_t end = known + std::min(bytes, std::numeric_limits<std::uint64_t>::max() - known);
    return std::unexpected(Error{.code = ErrorCode::out_of_range, .asked = end, .there = top, .at = known});
  }
  cursor_.count_discarded(static_cast<Size>(bytes));
  return {};
}

// The allocator as it is shipped.
template <WordStore Store, MergeRoom Room = HeapRoom>
Allocator<Store, Cursor<Store>, FreeSegments<Store, Room>> make_allocator(Store store, const Geometry& geometry, Freelist kind,
                                                                          const Tuning& tuning) {
  return {store, geometry, Cursor<Store>(store, geometry), FreeSegments<Store, Room>(store, geometry, kind, tuning), tuning};
}

// Makes descriptors ahead of need in an arena that holds nothing yet: as many as are wanted, but not more than an eighth of the
// data bytes has room for. Lock-free.
template <class AnyAllocator>
void reserve_descriptors(const AnyAllocator& allocator, const Geometry& geometry, Size wanted) {
  const std::uint64_t begin = geometry.data_offset(), padding = align_up(begin, descriptor_size) - begin;
  const std::uint64_t budget = (geometry.capacity() - begin) / 8;
  const std::uint64_t most = budget > padding ? (budget - padding) / descriptor_size : 0;
  allocator.segments().reserve(static_cast<Size>(std::min<std::uint64_t>(wanted, most)));
}

}  // namespace rarena::detail
