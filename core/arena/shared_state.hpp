// SharedState: an arena at work: the calls that any number of threads make at the same time.
//
// Most requests end at the cursor. Their way is inlined into the caller's code, and the values of all ways stay in registers: a
// word that is written in parts and read as a whole would cost more than all of it.
//
// Progress: as the allocator, where nothing else is said. Thread safety: const members may be called from any number of
// threads if the store is concurrent; the others only while nobody else is using the arena.
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-5, CUR-1 (by the allocator); SEG-2 (discarded never exceeds what is allocated).
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <expected>
#include <filesystem>
#include <limits>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "../layout/range.hpp"
#include "../words/checked.hpp"
#include "../words/exceptions.hpp"
#include "../words/ghosts.hpp"
#include "../words/untouched.hpp"
#include "allocator.hpp"
#include "chunk.hpp"
#include "epochs.hpp"
#include "live_segments.hpp"
#include "owned_state.hpp"
#include "shared_chunk.hpp"

namespace rarena {

/// What an allocation finds in its bytes.
enum class Fill : std::uint8_t {
  zero,  ///< zeros
  none,  ///< whatever was there: the zeros of fresh memory, or what an earlier owner left
};

namespace detail {

template <WordStore Store>
class SharedState : public OwnedState<Store> {
  using Owned = OwnedState<Store>;
  using Owned::alignment_limit_;

 public:
  // See BasicArena. What changes the arena has the error other_process where it is foreign.

  // An allocation from `state`, as what make(state, allocation) makes of it; inlined.
  template <class State, class Make>
  static auto allocate_as(State& state, std::uint64_t size, std::uint64_t alignment, Fill fill, Make make)
      -> std::expected<std::invoke_result_t<Make, State&, Allocation>, Error>;
  [[nodiscard]] std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const;
  [[nodiscard]] std::expected<void, Error> deallocate(std::uint64_t offset, std::uint64_t size) const;
  // The same through a chunk of the caller's (chunk.hpp, shared_chunk.hpp); its beginning, and its end, with which it is free.
  template <class AnyChunk>
  [[nodiscard]] std::expected<Allocation, Error> allocate_from(AnyChunk& chunk, std::uint64_t size, std::uint64_t alignment,
                                                               Fill fill) const;
  template <class AnyChunk>
  [[nodiscard]] std::expected<void, Error> deallocate_to(AnyChunk& chunk, std::uint64_t offset, std::uint64_t size) const;
  void begin_chunk(const SharedChunk<Store>& chunk) const { chunk.begin(allocator_, store_); }
  template <class AnyChunk>
  void end_chunk(AnyChunk& chunk) const {
    chunk.end(allocator_, store_);
  }
  // What the chunk has at once; none in a checked build, which has to note it.
  [[gnu::always_inline]] Carved take_from(Chunk<Store>& chunk, Request request) const {
    return checked || foreign() ? Carved() : chunk.take(store_, request);
  }
  [[nodiscard]] std::expected<Size, Error> discard_freelist() const;
  [[nodiscard]] std::expected<std::uint64_t, Error> merge() const;
  [[nodiscard]] std::expected<void, Error> increase_discarded(std::uint64_t bytes) const;
  [[nodiscard]] std::expected<void, Error> set_minimum_segment_size(std::uint64_t bytes) const;
  // The range, and the header that covers it. Errors: out_of_range, other_process, flush_failed, system.
  [[nodiscard]] std::expected<void, Error> flush(std::uint64_t offset, std::uint64_t size) const;
  // The header alone. Errors: other_process, flush_failed, system.
  [[nodiscard]] std::expected<void, Error> flush_header() const { return Owned::flush(header_range(geometry_)); }
  // All that was allocated at some moment of the call: the cursor may come down meanwhile.
  [[nodiscard]] std::expected<void, Error> flush_all() const { return Owned::flush({0, allocated()}); }

  // What there is.
  Size allocated() const { return allocator_.cursor().allocated(); }
  Size remaining() const { return allocator_.remaining(); }
  Size discarded() const { return store_.load(geometry_.discarded(), Site::statistics_load); }
  Size minimum_segment_size() const { return allocator_.segments().min_segment_size(); }
  Size spare_descriptors() const;
  std::vector<Extent> free_segments() const;
  // The bytes that the lists name: free segments, their descriptors and the unused ones. Throws std::bad_alloc.
  std::vector<Extent> listed() const;
  // The range, if it lies in the allocated bytes. Error: out_of_range.
  [[nodiscard]] std::expected<Extent, Error> check_allocated(std::uint64_t offset, std::uint64_t size) const {
    return allocator_.check_allocated(offset, size);
  }
  // The same, and in a checked build also whether it is live. Errors: out_of_range, not_live.
  [[nodiscard]] std::expected<Extent, Error> check_live(std::uint64_t offset, std::uint64_t size) const {
    const auto range = check_allocated(offset, size);
    if (range && !live_.holds(*range))
      return std::unexpected(Error{.code = ErrorCode::not_live, .asked = range->end(), .at = range->offset});
    return range;
  }

  // Handles.
  using OwnedState<Store>::foreign;
  using OwnedState<Store>::at;
  Epoch epoch() const { return epochs_.current(); }
  bool holds(Epoch since, Extent segment) const { return !foreign() && epochs_.hold(since, segment); }
  CheckedSegments& live() const { return live_; }
  // The end of a handle of a segment, which was made in the epoch `since`: frees it if it is still the handle's. An extent
  // would be put together in memory for the call.
  void end_handle(Offset offset, Size size, Epoch since) const;

 protected:
  using Owned::check_owned;
  using Owned::geometry_;
  using Owned::store_;

  SharedState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept
      : Owned(std::move(opened), options, std::move(path)), allocator_(allocator_over(store_, geometry_, options)) {}
  ~SharedState() = default;

  static Allocator<Store> allocator_over(Store store, const Geometry& geometry, const Options& options) {
    return make_allocator(store, geometry, options.freelist,
                          {.maximum_retries = options.maximum_retries, .reuse = options.reuse, .merging = options.merging});
  }

  Allocator<Store> allocator_;
  Epochs epochs_;
  mutable CheckedSegments live_;
  mutable Untouched untouched_;

 private:
  // Whether the request is one that this arena may have room for.
  bool allows(std::uint64_t size, std::uint64_t alignment) const {
    const bool possible = size != 0 && size <= std::numeric_limits<Size>::max() && is_power_of_two(alignment);
    return possible && (alignment <= least_alignment_limit || alignment <= alignment_limit_) && !foreign();
  }
  // The bytes, if they lie at the cursor and need no padding; otherwise none, and finish goes on where this has stopped.
  Extent start(std::uint64_t size, std::uint64_t alignment, Fill fill, Carved& fresh) const;
  // An allocation, or a value that is none, and the reason.
  Allocation finish(std::uint64_t size, std::uint64_t alignment, Fill fill, Carved fresh) const;
  static constexpr bool is_refusal(Allocation given) { return given.segment.empty() && given.segment.offset != null_offset; }
  Error reason(Allocation refusal, std::uint64_t size, std::uint64_t alignment) const;
  [[nodiscard]] std::expected<void, Error> deallocate_checked(std::uint64_t offset, std::uint64_t size) const;
  // No allocation: an empty segment that does not begin at 0, as that of 0 bytes does.
  static constexpr Allocation refused{{1, 0}, {}}, not_noted{{2, 0}, {}};
  bool note_live(Extent segment) const;
  bool note_freed(Extent segment) const;
  // Bytes were taken that nobody else owns, to be filled so.
  void fill(Extent bytes, Fill fill) const;
  void zero(Extent bytes) const;
};

template <WordStore Store>
template <class State, class Make>
[[gnu::always_inline]] inline auto SharedState<Store>::allocate_as(State& state, std::uint64_t size, std::uint64_t alignment,
                                                                   Fill fill, Make make)
    -> std::expected<std::invoke_result_t<Make, State&, Allocation>, Error> {
  const SharedState& shared = state;
  Carved fresh;
  if (shared.cursor_first()) [[likely]] {
    if (const Extent bytes = shared.start(size, alignment, fill, fresh); !bytes.empty()) [[likely]]
      return make(state, Allocation{bytes, bytes});
  }
  const Allocation given = shared.finish(size, alignment, fill, fresh);
  if (is_refusal(given)) [[unlikely]]
    return std::unexpected(shared.reason(given, size, alignment));
  return make(state, given);
}

template <WordStore Store>
[[gnu::noinline]] std::expected<Allocation, Error> SharedState<Store>::allocate(std::uint64_t size, std::uint64_t alignment,
                                                                                Fill fill) const {
  return allocate_as(*this, size, alignment, fill, [](const SharedState&, Allocation given) { return given; });
}

template <WordStore Store>
[[gnu::always_inline]] inline Extent SharedState<Store>::start(std::uint64_t size, std::uint64_t alignment, Fill fill,
                                                               Carved& fresh) const {
  if (!allows(size, alignment)) [[unlikely]]
    return {};
  fresh = allocator_.start({static_cast<Size>(size), static_cast<Size>(alignment)});
  if (checked || !fresh || !fresh.aligned()) [[unlikely]]
    return {};
  const Extent bytes{fresh.start, static_cast<Size>(size)};  // as used(), but often of a size that the compiler knows
  this->fill(bytes, fill);
  return bytes;
}

template <WordStore Store>
[[gnu::noinline]] Allocation SharedState<Store>::finish(std::uint64_t size, std::uint64_t alignment, Fill fill,
                                                        Carved fresh) const {
  if (!allows(size, alignment)) return size == 0 && allows(1, alignment) ? Allocation{} : refused;
  const auto allocation = allocator_.finish({static_cast<Size>(size), static_cast<Size>(alignment)}, fresh);
  if (!allocation) return refused;
  if constexpr (checked) {
    if (!note_live(allocation->segment)) return not_noted;
  }
  this->fill(allocation->used, fill);
  return *allocation;
}

template <WordStore Store>
[[gnu::noinline]] Error SharedState<Store>::reason(Allocation refusal, std::uint64_t size, std::uint64_t alignment) const {
  if (refusal.segment.offset == not_noted.segment.offset) return system_error(ENOMEM);
  if (foreign()) return {.code = ErrorCode::other_process};
  if (!is_power_of_two(alignment)) return {.code = ErrorCode::invalid_alignment, .asked = alignment};
  if (alignment > alignment_limit_)
    return {.code = ErrorCode::alignment_too_large, .asked = alignment, .there = alignment_limit_};
  constexpr Size most = std::numeric_limits<Size>::max();
  if (size > most) return allocator_.no_room(size, {most, 1});
  return allocator_.no_room(size, {static_cast<Size>(size), static_cast<Size>(alignment)});
}

// What is smaller than a page is written at once, by code for its size where that is known.
template <WordStore Store>
[[gnu::always_inline]] inline void SharedState<Store>::fill(Extent bytes, Fill fill) const {
  if (fill == Fill::none) return;
  if (ghosts::active || bytes.size < Untouched::worth) [[likely]]
    std::memset(at(bytes.offset), 0, bytes.size);
  else
    zero(bytes);
}

template <WordStore Store>
[[gnu::noinline]] void SharedState<Store>::zero(Extent bytes) const {
  if (const Offset untouched = untouched_.from(); untouched > bytes.offset)
    std::memset(at(bytes.offset), 0, std::min<std::uint64_t>(bytes.size, untouched - bytes.offset));
}

// false: a checked build has no memory to note it, and the segment is free again.
template <WordStore Store>
bool SharedState<Store>::note_live(Extent segment) const {
  const auto take = [&] {
    live_.took(segment);
    return true;
  };
  return within_heap(take, [&] {
    (void)allocator_.deallocate(segment);
    return false;
  });
}

template <WordStore Store>
[[gnu::always_inline]] inline std::expected<void, Error> SharedState<Store>::deallocate(std::uint64_t offset,
                                                                                        std::uint64_t size) const {
  const std::uint32_t top = allocated();
  const bool inside = size != 0 && offset >= geometry_.data_offset() && size <= top && offset <= top - size;
  if (checked || !inside || foreign()) [[unlikely]]
    return deallocate_checked(offset, size);
  const Extent segment{static_cast<Offset>(offset), static_cast<Size>(size)};
  untouched_.give_up(segment);
  allocator_.take_back(segment, top);
  return {};
}

template <WordStore Store>
[[gnu::noinline]] std::expected<void, Error> SharedState<Store>::deallocate_checked(std::uint64_t offset,
                                                                                    std::uint64_t size) const {
  if (foreign()) return std::unexpected(Error{.code = ErrorCode::other_process});
  const auto segment = check_allocated(offset, size);
  if (!segment) return std::unexpected(segment.error());
  if constexpr (checked) {
    const auto given = within_heap([&]() -> std::expected<bool, Error> { return live_.gives(*segment); });
    if (!given) return std::unexpected(given.error());
    if (!*given) return std::unexpected(Error{.code = ErrorCode::not_live, .asked = segment->end(), .at = segment->offset});
  }
  untouched_.give_up(*segment);
  allocator_.take_back(*segment);
  return {};
}

// What is wrong with a request is for `allocate` to say, and what is wrong with a free for `deallocate`.
template <WordStore Store>
template <class AnyChunk>
std::expected<Allocation, Error> SharedState<Store>::allocate_from(AnyChunk& chunk, std::uint64_t size, std::uint64_t alignment,
                                                                   Fill fill) const {
  if (!allows(size, alignment)) [[unlikely]]
    return allocate(size, alignment, fill);
  const Carved piece = chunk.take(allocator_, store_, {static_cast<Size>(size), static_cast<Size>(alignment)});
  if (!piece) [[unlikely]]
    return allocate(size, alignment, fill);
  if constexpr (checked) {
    if (!note_live(piece.all())) return std::unexpected(system_error(ENOMEM));
  }
  if (fill == Fill::zero) std::memset(at(piece.start), 0, size);
  return Allocation{piece.all(), piece.used()};
}

template <WordStore Store>
template <class AnyChunk>
std::expected<void, Error> SharedState<Store>::deallocate_to(AnyChunk& chunk, std::uint64_t offset, std::uint64_t size) const {
  const Offset next = chunk.left().offset;
  const auto segment = range_inside(geometry_.data_offset(), next, offset, size);
  const bool last = segment && !segment->empty() && segment->end() == next && !foreign();
  if (!last || !note_freed(*segment)) return deallocate(offset, size);
  untouched_.give_up(*segment);
  if (!chunk.give_back(store_, *segment)) allocator_.take_back(*segment);
  return {};
}

// false: it was not live, or a checked build has no memory to note that it is so no more, and nothing has changed.
template <WordStore Store>
bool SharedState<Store>::note_freed(Extent segment) const {
  return within_heap([&] { return live_.gives(segment); }, [] { return false; });
}

template <WordStore Store>
[[gnu::noinline]] void SharedState<Store>::end_handle(Offset offset, Size size, Epoch since) const {
  const Extent segment{offset, size};
  live_.detach_handle();
  if (!holds(since, segment)) return;
  if constexpr (checked) {
    const auto freed = deallocate_checked(segment.offset, segment.size);
    if (!freed && freed.error().code == ErrorCode::not_live)
      report_misuse("a handle's bytes had been freed", segment.offset, "detach a handle whose bytes are freed otherwise");
  } else {
    untouched_.give_up(segment);
    allocator_.take_back(segment, allocated());
  }
}

template <WordStore Store>
std::expected<Size, Error> SharedState<Store>::discard_freelist() const {
  if (const auto owned = check_owned(); !owned) return std::unexpected(owned.error());
  return allocator_.segments().discard_all();
}

template <WordStore Store>
std::expected<std::uint64_t, Error> SharedState<Store>::merge() const {
  if (const auto owned = check_owned(); !owned) return std::unexpected(owned.error());
  return allocator_.segments().merge();
}

template <WordStore Store>
std::expected<void, Error> SharedState<Store>::increase_discarded(std::uint64_t bytes) const {
  if (const auto owned = check_owned(); !owned) return owned;
  return within_heap([&] { return allocator_.give_up(bytes); });
}

template <WordStore Store>
std::expected<void, Error> SharedState<Store>::set_minimum_segment_size(std::uint64_t bytes) const {
  if (const auto owned = check_owned(); !owned) return owned;
  const auto size = size_of(bytes);
  if (!size) return std::unexpected(size.error());
  allocator_.segments().set_min_segment_size(*size);
  return {};
}

template <WordStore Store>
std::expected<void, Error> SharedState<Store>::flush(std::uint64_t offset, std::uint64_t size) const {
  const auto range = range_inside(0, allocated(), offset, size);
  if (!range) return std::unexpected(range.error());
  return Owned::flush(*range);
}

template <WordStore Store>
Size SharedState<Store>::spare_descriptors() const {
  Size count = 0;
  allocator_.segments().walk_spare([&](Offset) { ++count; });
  return count;
}

template <WordStore Store>
std::vector<Extent> SharedState<Store>::free_segments() const {
  std::vector<Extent> result;
  allocator_.segments().walk([&](Extent segment) { result.push_back(segment); });
  return result;
}

template <WordStore Store>
std::vector<Extent> SharedState<Store>::listed() const {
  std::vector<Extent> result;
  allocator_.segments().walk_all([&](Extent range) { result.push_back(range); });
  return result;
}

}  // namespace detail

}  // namespace rarena
