// LiveState: an arena that allocates: the memory that a process has for writing, the allocator over it, and the exclusive
// operations on both.
//
// Progress: as the allocator, where nothing else is said. Thread safety: const members may be called from any number of
// threads if the store is concurrent; the others only while nobody else is using the arena.
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, CUR-1 (by the allocator); SEG-2 (discarded never exceeds what is allocated);
// REC-2, REC-3 (plans).
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
#include <span>
#include <utility>
#include <vector>

#include "../layout/range.hpp"
#include "../recovery/relist.hpp"
#include "../words/checked.hpp"
#include "../words/ghosts.hpp"
#include "allocator.hpp"
#include "chunk.hpp"
#include "epochs.hpp"
#include "format.hpp"
#include "live_segments.hpp"
#include "owned_state.hpp"
#include "shared_chunk.hpp"

namespace rarena {

// What an allocation finds in its bytes.
enum class Fill : std::uint8_t {
  zero,  // zeros
  none,  // whatever was there: the zeros of fresh memory, or what an earlier owner left
};

template <WordStore Store>
class LiveState : public OwnedState<Store> {
 public:
  // `opened` has no structure: it is not for reading only. Nothing is written before begin().
  LiveState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept
      : Owned(std::move(opened), options, std::move(path)), allocator_(allocator_over(store_, geometry_, options)) {}
  // Closes, and cannot say what went wrong.
  ~LiveState();

  // Formats a fresh memory, and gives a new file its name; or writes what recovery planned. After an error a file is as it was,
  // or there is none. Errors: file_exists, system. Throws nothing but what a checked build needs memory for: std::bad_alloc.
  std::expected<void, Error> begin(Beginning beginning);
  // Flushes, checks and seals what is on disk; once. Errors: flush_failed, system; what is wrong with the lists. Then the file
  // is not sealed, and the next opening says why.
  std::expected<void, Error> close();
  // See BasicArena.
  std::expected<void, Error> take_over();

  // See BasicArena. What changes the arena has the error other_process where it is foreign.
  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const;
  std::expected<void, Error> deallocate(std::uint64_t offset, std::uint64_t size) const;
  // The same through a chunk of the caller's (chunk.hpp, shared_chunk.hpp); and the end of one, whose bytes are free then.
  template <class AnyChunk>
  std::expected<Allocation, Error> allocate_from(AnyChunk& chunk, std::uint64_t size, std::uint64_t alignment, Fill fill) const;
  template <class AnyChunk>
  std::expected<void, Error> deallocate_to(AnyChunk& chunk, std::uint64_t offset, std::uint64_t size) const;
  template <class AnyChunk>
  void end(AnyChunk& chunk) const {
    chunk.end(allocator_, store_);
  }
  void begin(const SharedChunk<Store>& chunk) const { chunk.begin(allocator_, store_); }
  // What the chunk has at once; none in a checked build, which has to note it.
  [[gnu::always_inline]] Piece take_from(Chunk<Store>& chunk, Request request) const {
    return checked || foreign() ? Piece() : chunk.take(store_, request);
  }
  std::expected<Size, Error> discard_freelist() const;
  std::expected<std::uint64_t, Error> merge() const;
  std::expected<void, Error> increase_discarded(std::uint64_t bytes) const;
  std::expected<void, Error> set_minimum_segment_size(std::uint64_t bytes) const;
  // The range, and the header that covers it. Errors: out_of_range, other_process, flush_failed, system.
  std::expected<void, Error> flush(std::uint64_t offset, std::uint64_t size) const;
  // All that was allocated at some moment of the call: the cursor may come down meanwhile.
  std::expected<void, Error> flush_all() const { return Owned::flush({0, allocated()}); }

  // What there is.
  Size allocated() const { return allocator_.cursor().allocated(); }
  Size remaining() const { return allocator_.remaining(); }
  Size discarded() const { return store_.load(geometry_.discarded(), Site::statistics_load); }
  Size minimum_segment_size() const { return allocator_.segments().min_segment_size(); }
  Size spare_descriptors() const;
  std::vector<Extent> free_segments() const;
  // The range, if it lies in the allocated bytes. Error: out_of_range.
  std::expected<Extent, Error> check_allocated(std::uint64_t offset, std::uint64_t size) const {
    return allocator_.check_allocated(offset, size);
  }

  // Exclusive operations: nobody else is using the arena. See BasicArena.
  std::expected<void, Error> rebuild(std::span<const Extent> live);
  std::expected<void, Error> compact_freelist();
  std::expected<void, Error> rewind(std::int64_t position);
  std::expected<void, Error> clear();
  std::expected<void, Error> truncate(std::uint64_t capacity);

  // Handles.
  using OwnedState<Store>::foreign;
  using OwnedState<Store>::at;
  Epoch epoch() const { return epochs_.current(); }
  bool holds(Epoch since, Extent segment) const { return !foreign() && epochs_.hold(since, segment); }
  CheckedSegments& live() const { return live_; }

 private:
  using Owned = OwnedState<Store>;
  using Owned::alignment_limit_;
  using Owned::become_owner;
  using Owned::check_disk;
  using Owned::check_owned;
  using Owned::end;
  using Owned::geometry_;
  using Owned::memory_;
  using Owned::options_;
  using Owned::recovery_;
  using Owned::resize;
  using Owned::store_;
  using Owned::view;
  using Owned::write_opening;

  static Allocator<Store> allocator_over(Store store, const Geometry& geometry, const Options& options) {
    return make_allocator(store, geometry, options.freelist,
                          {.maximum_retries = options.maximum_retries, .merging = options.merging});
  }
  std::expected<void, Error> begin_fresh(Beginning& beginning);
  std::expected<void, Error> begin_again(const Beginning& beginning);
  void reserve() const {
    const auto wanted = std::min<std::uint64_t>(options_.descriptor_reserve, geometry_.capacity());
    reserve_descriptors(allocator_, geometry_, static_cast<Size>(wanted));
  }
  void poison() const;
  void find_live();
  bool note_live(Extent segment) const;
  bool note_freed(Extent segment) const;
  // What handles of bytes above the position own is theirs no more. After Epochs::prepare().
  void give_up_above(Offset position) {
    epochs_.cut(position);
    live_.cut(position);
  }
  // Makes a plan, which may find no memory, and carries it out.
  template <class Planner>
  std::expected<void, Error> carry_out_alone(Planner planner);

  Allocator<Store> allocator_;
  Epochs epochs_;
  bool open_ = false;
  mutable CheckedSegments live_;
};

template <WordStore Store>
LiveState<Store>::~LiveState() {
  live_.end_of_arena();
  (void)close();
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin(Beginning beginning) {
  const bool fresh = recovery_.opening == Recovery::Opening::fresh;
  const auto begun = fresh ? begin_fresh(beginning) : begin_again(beginning);
  open_ = begun.has_value();
  return begun;
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin_fresh(Beginning& beginning) {
  format_memory(memory_.data(), geometry_, options_, memory_.on_disk(), beginning.identity);
  become_owner(view().annex().generation);
  poison();
  reserve();
  if (!beginning.name) return {};
  return name_durably(memory_, {0, allocated()}, [&] { return memory_.file()->give_name(*beginning.name); });
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin_again(const Beginning& beginning) {
  find_live();
  if (const auto writable = memory_.file()->allow_writing(); !writable) return writable;
  become_owner(next_generation(view()));
  if (const auto written = write_opening(beginning.plan, beginning.undo, *beginning.hints); !written) return written;
  poison();
  return {};
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::close() {
  ghosts::forget(memory_.data(), memory_.size());
  if (!std::exchange(open_, false) || !memory_.on_disk() || foreign()) return {};
  return end();
}

// The list may be made anew, with descriptors where free bytes are poisoned.
template <WordStore Store>
std::expected<void, Error> LiveState<Store>::take_over() {
  if (!foreign()) return {};
  ghosts::forget(memory_.data(), memory_.size());
  const auto taken = Owned::take_over();
  poison();
  return taken;
}

// Free bytes have no owner.
template <WordStore Store>
void LiveState<Store>::poison() const {
  if constexpr (!ghosts::active) return;
  store_.release(extent_between(allocator_.cursor().allocated(), geometry_.capacity()));
  allocator_.segments().walk([&](Extent segment) { store_.release(segment); });
}

// What no list that is trusted says is free counts as live.
template <WordStore Store>
void LiveState<Store>::find_live() {
  if constexpr (!checked) return;
  live_.start(geometry_.data_offset(), geometry_.capacity());
  if (recovery_.opening == Recovery::Opening::untrusted) return;
  const Structure structure = examine(view(), {});
  live_.cut(structure.allocated);
  for (const ListedSegment& segment : structure.free) {
    (void)live_.gives(segment.extent);
    (void)live_.gives({segment.descriptor, descriptor_size});
  }
  for (const Offset descriptor : structure.spare) (void)live_.gives({descriptor, descriptor_size});
}

template <WordStore Store>
std::expected<Allocation, Error> LiveState<Store>::allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const {
  if (foreign()) [[unlikely]]
    return std::unexpected(Error{.code = ErrorCode::other_process});
  if (!is_power_of_two(alignment)) return std::unexpected(Error{.code = ErrorCode::invalid_alignment, .asked = alignment});
  if (alignment > alignment_limit_)
    return std::unexpected(Error{.code = ErrorCode::alignment_too_large, .asked = alignment, .there = alignment_limit_});
  if (size > std::numeric_limits<Size>::max())
    return std::unexpected(allocator_.no_room(size, {std::numeric_limits<Size>::max(), 1}));
  const Request request{static_cast<Size>(size), static_cast<Size>(alignment)};
  const auto allocation = allocator_.allocate(request);
  if (!allocation) [[unlikely]]
    return std::unexpected(allocator_.no_room(size, request));
  if constexpr (checked) {
    if (!note_live(allocation->segment)) return std::unexpected(system_error(ENOMEM));
  }
  if (fill == Fill::zero) std::memset(at(allocation->used.offset), 0, allocation->used.size);
  return *allocation;
}

// false: a checked build has no memory to note it, and the segment is free again.
template <WordStore Store>
bool LiveState<Store>::note_live(Extent segment) const {
  try {
    live_.took(segment);
    return true;
  } catch (const std::bad_alloc&) {
    (void)allocator_.deallocate(segment);
    return false;
  }
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::deallocate(std::uint64_t offset, std::uint64_t size) const {
  if (foreign()) [[unlikely]]
    return std::unexpected(Error{.code = ErrorCode::other_process});
  const auto segment = check_allocated(offset, size);
  if (!segment) return std::unexpected(segment.error());
  if constexpr (checked) {
    try {
      if (!live_.gives(*segment))
        return std::unexpected(Error{.code = ErrorCode::not_live, .asked = segment->end(), .at = segment->offset});
    } catch (const std::bad_alloc&) {
      return std::unexpected(system_error(ENOMEM));
    }
  }
  allocator_.take_back(*segment);
  return {};
}

// What is wrong with a request is for `allocate` to say, and what is wrong with a free for `deallocate`.
template <WordStore Store>
template <class AnyChunk>
std::expected<Allocation, Error> LiveState<Store>::allocate_from(AnyChunk& chunk, std::uint64_t size, std::uint64_t alignment,
                                                                 Fill fill) const {
  const bool sound = size - 1 < std::numeric_limits<Size>::max() && is_power_of_two(alignment) && alignment <= alignment_limit_;
  if (!sound || foreign()) [[unlikely]]
    return allocate(size, alignment, fill);
  const Piece piece = chunk.take(allocator_, store_, {static_cast<Size>(size), static_cast<Size>(alignment)});
  if (piece.size == 0) [[unlikely]]
    return allocate(size, alignment, fill);
  if constexpr (checked) {
    if (!note_live(piece.segment())) return std::unexpected(system_error(ENOMEM));
  }
  if (fill == Fill::zero) std::memset(at(piece.start), 0, piece.size);
  return Allocation{piece.segment(), piece.used()};
}

template <WordStore Store>
template <class AnyChunk>
std::expected<void, Error> LiveState<Store>::deallocate_to(AnyChunk& chunk, std::uint64_t offset, std::uint64_t size) const {
  const Offset next = chunk.left().offset;
  const auto segment = range_inside(geometry_.data_offset(), next, offset, size);
  const bool last = segment && !segment->empty() && segment->end() == next && !foreign();
  if (!last || !note_freed(*segment)) return deallocate(offset, size);
  if (!chunk.give_back(store_, *segment)) allocator_.take_back(*segment);
  return {};
}

// false: it was not live, or a checked build has no memory to note that it is so no more, and nothing has changed.
template <WordStore Store>
bool LiveState<Store>::note_freed(Extent segment) const {
  try {
    return live_.gives(segment);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

template <WordStore Store>
std::expected<Size, Error> LiveState<Store>::discard_freelist() const {
  if (const auto owned = check_owned(); !owned) return std::unexpected(owned.error());
  return allocator_.segments().discard_all();
}

template <WordStore Store>
std::expected<std::uint64_t, Error> LiveState<Store>::merge() const {
  if (const auto owned = check_owned(); !owned) return std::unexpected(owned.error());
  return allocator_.segments().merge();
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::increase_discarded(std::uint64_t bytes) const {
  if (const auto owned = check_owned(); !owned) return owned;
  try {
    return allocator_.give_up(bytes);
  } catch (const std::bad_alloc&) {
    return std::unexpected(system_error(ENOMEM));
  }
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::set_minimum_segment_size(std::uint64_t bytes) const {
  if (const auto owned = check_owned(); !owned) return owned;
  constexpr Size largest = std::numeric_limits<Size>::max();
  if (bytes > largest) return std::unexpected(Error{.code = ErrorCode::size_too_large, .asked = largest, .there = bytes});
  allocator_.segments().set_min_segment_size(static_cast<Size>(bytes));
  return {};
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::flush(std::uint64_t offset, std::uint64_t size) const {
  const auto range = range_inside(0, allocated(), offset, size);
  if (!range) return std::unexpected(range.error());
  return Owned::flush(*range);
}

template <WordStore Store>
Size LiveState<Store>::spare_descriptors() const {
  Size count = 0;
  allocator_.segments().walk_spare([&](Offset) { ++count; });
  return count;
}

template <WordStore Store>
std::vector<Extent> LiveState<Store>::free_segments() const {
  std::vector<Extent> result;
  allocator_.segments().walk([&](Extent segment) { result.push_back(segment); });
  return result;
}

// The bytes of a plan may be poisoned as free, and what is free afterwards is poisoned again.
template <WordStore Store>
template <class Planner>
std::expected<void, Error> LiveState<Store>::carry_out_alone(Planner planner) {
  if (const auto owned = check_owned(); !owned) return owned;
  try {
    ListHints hints(geometry_);
    const std::expected<Plan, Error> plan = planner();
    if (!plan) return std::unexpected(plan.error());
    ghosts::forget(memory_.data(), memory_.size());
    carry_out(plan->writes(), store_);
    allocator_.segments().walk([&](Extent segment) { hints.add(segment); });
    hints.write(store_);
  } catch (const std::bad_alloc&) {
    return std::unexpected(system_error(ENOMEM));
  }
  poison();
  return {};
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::rebuild(std::span<const Extent> live) {
  return carry_out_alone([&] {
    auto plan = plan_rebuild(view(), live);
    if (plan) live_.start(live);
    return plan;
  });
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::compact_freelist() {
  return carry_out_alone([&]() -> std::expected<Plan, Error> {
    const auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    return plan_compaction(view(), *structure, kept_descriptors(options_));
  });
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::rewind(std::int64_t position) {
  const Size top = allocated();
  const auto rewound = carry_out_alone([&]() -> std::expected<Plan, Error> {
    if (position < static_cast<std::int64_t>(geometry_.data_offset()) || position > top)
      return std::unexpected(Error{.code = ErrorCode::out_of_range,
                                   .asked = static_cast<std::uint64_t>(position),
                                   .there = top,
                                   .at = geometry_.data_offset()});
    const auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    epochs_.prepare();
    return plan_rewind(view(), *structure, static_cast<Offset>(position), kept_descriptors(options_));
  });
  if (rewound && position < top) give_up_above(static_cast<Offset>(position));
  return rewound;
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::clear() {
  const auto cleared = carry_out_alone([&]() -> std::expected<Plan, Error> {
    epochs_.prepare();
    return plan_clear(view());
  });
  if (!cleared) return cleared;
  give_up_above(static_cast<Offset>(geometry_.data_offset()));
  reserve();
  return {};
}

// What makes a smaller file sound is durable before it is smaller.
template <WordStore Store>
std::expected<void, Error> LiveState<Store>::truncate(std::uint64_t capacity) {
  if (const auto owned = check_owned(); !owned) return owned;
  if (!memory_.on_disk()) return std::unexpected(Error{.code = ErrorCode::not_a_file});
  constexpr Size largest = std::numeric_limits<Size>::max();
  if (capacity > largest) return std::unexpected(Error{.code = ErrorCode::size_too_large, .asked = largest, .there = capacity});
  const std::uint64_t least = std::max<std::uint64_t>(allocated(), geometry_.data_offset() + 1);
  if (capacity < least) return std::unexpected(Error{.code = ErrorCode::capacity_too_small, .asked = least, .there = capacity});
  if (const auto good = check_disk(); !good) return good;
  ghosts::forget(memory_.data(), memory_.size());
  const auto resized = resize(static_cast<Size>(capacity));
  if (resized) allocator_ = allocator_over(store_, geometry_, options_);
  poison();
  return resized;
}

}  // namespace rarena
