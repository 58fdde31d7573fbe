// ArenaState: what all copies of an arena share. It owns the memory and lays the allocator over it.
//
// A file arena belongs to one process: the one that opened it, or the child that took it over last. In every other one its
// handles end without effect, and what would change it has the error other_process. The generation in the annex says who took
// it over last.
//
// Progress: as the allocator, where nothing else is said. Thread safety: const members may be called from any number of
// threads if the store is concurrent; the others only while nobody else is using the arena. It does not move: the handles
// point to it.
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, CUR-1 (by the allocator); SEG-2 (discarded never exceeds what is allocated);
// REC-2, REC-3 (the seal; plans).
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <filesystem>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../memory/memory.hpp"
#include "../memory/process.hpp"
#include "../memory/witness.hpp"
#include "../recovery/durability.hpp"
#include "../recovery/relist.hpp"
#include "../words/checked.hpp"
#include "../words/ghosts.hpp"
#include "allocator.hpp"
#include "epochs.hpp"
#include "live_segments.hpp"
#include "opened.hpp"
#include "options.hpp"
#include "owner.hpp"

namespace rarena {

// What an allocation finds in its bytes.
enum class Fill : std::uint8_t {
  zero,  // zeros
  none,  // whatever was there: the zeros of fresh memory, or what an earlier owner left
};

template <WordStore Store>
class ArenaState {
 public:
  // `opened` and `options` fit: plan_geometry made the geometry, or open_file accepted it. Nothing is
  // written before begin().
  ArenaState(Opened opened, const Options& options, std::optional<std::filesystem::path> path) noexcept;
  // Closes, and cannot say what went wrong.
  ~ArenaState();
  ArenaState(const ArenaState&) = delete;
  ArenaState& operator=(const ArenaState&) = delete;

  // Formats a fresh memory, and gives a new file its name; or writes what recovery planned. After an error a file is as it was,
  // or there is none. Errors: file_exists, system. Throws nothing but what a checked build needs memory for: std::bad_alloc.
  std::expected<void, Error> begin();
  // Flushes, checks and seals what is on disk; once. Errors: flush_failed, system; what is wrong with the lists. Then the file
  // is not sealed, and the next opening says why.
  std::expected<void, Error> close();
  // Makes this process the owner. See BasicArena.
  std::expected<void, Error> take_over();

  // See BasicArena. What changes the arena has the error read_only if it is only read, and other_process where it is foreign.
  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const;
  std::expected<void, Error> deallocate(std::uint64_t offset, std::uint64_t size) const;
  std::expected<Size, Error> discard_freelist() const;
  std::expected<void, Error> increase_discarded(std::uint64_t bytes) const;
  std::expected<void, Error> set_minimum_segment_size(std::uint64_t bytes) const;
  // The range, and the header that covers it. Errors: out_of_range, other_process, flush_failed, system.
  std::expected<void, Error> flush(std::uint64_t offset, std::uint64_t size) const;

  // What there is.
  Prefix prefix() const { return view().prefix(); }
  bool read_only() const { return structure_.has_value(); }
  const Recovery& recovery() const { return recovery_; }
  Size allocated() const { return structure_ ? structure_->allocated : allocator_.cursor().allocated(); }
  Size remaining() const { return structure_ ? geometry_.capacity() - structure_->allocated : allocator_.remaining(); }
  Size discarded() const;
  Size minimum_segment_size() const;
  std::vector<Extent> free_segments() const;
  Size spare_descriptors() const;
  // The range, if it lies in the allocated bytes. Error: out_of_range.
  std::expected<Extent, Error> check_allocated(std::uint64_t offset, std::uint64_t size) const;

  // Exclusive operations: nobody else is using the arena. See BasicArena.
  std::expected<void, Error> rebuild(std::span<const Extent> live);
  std::expected<void, Error> compact_freelist();
  std::expected<void, Error> rewind(std::int64_t position);
  std::expected<void, Error> clear();
  std::expected<void, Error> truncate(std::uint64_t capacity);

  // Handles.
  Epoch epoch() const { return epochs_.current(); }
  bool holds(Epoch since, Extent segment) const { return !foreign() && epochs_.hold(since, segment); }
  // Whether the arena belongs to another process. Wait-free.
  bool foreign() const {
    return owner_.foreign_to(process::number(), [this] { return store_.load(geometry_.generation(), Site::owner_load); });
  }
  CheckedSegments& live() const { return live_; }

  std::byte* data() const { return memory_.data(); }
  std::byte* at(Offset offset) const { return memory_.data() + offset; }
  const Memory& memory() const { return memory_; }
  const Geometry& geometry() const { return geometry_; }
  const Options& options() const { return options_; }
  const std::optional<std::filesystem::path>& path() const { return path_; }
  Size alignment_limit() const { return alignment_limit_; }

 private:
  static Allocator<Store> allocator_over(Store store, const Geometry& geometry, const Options& options) {
    return make_allocator(store, geometry, options.freelist, {.maximum_retries = options.maximum_retries});
  }
  static Error out_of_range(std::uint64_t begin, std::uint64_t end, std::uint64_t limit) {
    return {.code = ErrorCode::out_of_range, .asked = end, .there = limit, .at = begin};
  }
  // The hot path asks this, and makes no error unless there is one.
  bool may_change() const { return !read_only() && !foreign(); }
  Error why_not() const { return {.code = read_only() ? ErrorCode::read_only : ErrorCode::other_process}; }
  std::expected<void, Error> check_writable() const {
    if (may_change()) return {};
    return std::unexpected(why_not());
  }
  MemoryView view() const { return {memory_.data(), geometry_}; }
  std::byte* witness_cell() { return data() + geometry_.witness(owner_.generation).place; }
  void become_owner(std::uint64_t generation);
  std::expected<void, Error> begin_fresh();
  // Writes the plan of an opening and makes it durable; after an error everything is as it was.
  std::expected<void, Error> write_opening(const Plan& plan, const Plan& undo);
  void format() const;
  void reserve() const {
    const auto wanted = std::min<std::uint64_t>(options_.descriptor_reserve, geometry_.capacity());
    reserve_descriptors(allocator_, geometry_, static_cast<Size>(wanted));
  }
  std::expected<void, Error> seal();
  void poison() const;
  void find_live();
  bool note_live(Extent segment) const;
  // What handles of bytes above the position own is theirs no more. After Epochs::prepare().
  void give_up_above(Offset position) {
    epochs_.cut(position);
    live_.cut(position);
  }
  std::expected<void, Error> resize(Size capacity);
  // Makes a plan, which may find no memory, and carries it out.
  template <class Planner>
  std::expected<void, Error> carry_out_alone(Planner planner);

  Memory memory_;
  Geometry geometry_;
  Options options_;
  Size alignment_limit_;
  std::optional<std::filesystem::path> path_;
  Recovery recovery_;
  std::optional<Structure> structure_;
  std::optional<FileIdentity> identity_;
  std::optional<NewName> name_;
  Plan plan_, undo_;
  Store store_;
  Allocator<Store> allocator_;
  Epochs epochs_;
  Owner owner_;
  Witness witness_;
  bool open_ = false;
  mutable std::mutex flushing_;
  mutable DiskRecord disk_;
  mutable CheckedSegments live_;
};

// Free bytes have no owner.
template <WordStore Store>
void ArenaState<Store>::poison() const {
  if constexpr (!ghosts::active) return;
  store_.release(extent_between(allocator_.cursor().allocated(), geometry_.capacity()));
  allocator_.segments().walk([&](Extent segment) { store_.release(segment); });
}

// What no list that is trusted says is free counts as live.
template <WordStore Store>
void ArenaState<Store>::find_live() {
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
std::expected<Allocation, Error> ArenaState<Store>::allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const {
  if (!may_change()) [[unlikely]]
    return std::unexpected(why_not());
  if (!is_power_of_two(alignment)) return std::unexpected(Error{.code = ErrorCode::invalid_alignment, .asked = alignment});
  if (alignment > alignment_limit_)
    return std::unexpected(Error{.code = ErrorCode::alignment_too_large, .asked = alignment, .there = alignment_limit_});
  if (size > std::numeric_limits<Size>::max())
    return std::unexpected(Error{.code = ErrorCode::insufficient_space, .asked = size, .there = allocator_.remaining()});
  const auto allocation = allocator_.allocate({static_cast<Size>(size), static_cast<Size>(alignment)});
  if constexpr (checked) {
    if (allocation && !note_live(allocation->segment)) return std::unexpected(system_error(ENOMEM));
  }
  if (allocation && fill == Fill::zero) std::memset(at(allocation->used.offset), 0, allocation->used.size);
  return allocation;
}

// false: a checked build has no memory to note it, and the segment is free again.
template <WordStore Store>
bool ArenaState<Store>::note_live(Extent segment) const {
  try {
    live_.took(segment);
    return true;
  } catch (const std::bad_alloc&) {
    (void)allocator_.deallocate(segment);
    return false;
  }
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::deallocate(std::uint64_t offset, std::uint64_t size) const {
  if (!may_change()) [[unlikely]]
    return std::unexpected(why_not());
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

template <WordStore Store>
std::expected<Size, Error> ArenaState<Store>::discard_freelist() const {
  if (const auto writable = check_writable(); !writable) return std::unexpected(writable.error());
  return allocator_.segments().discard_all();
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::increase_discarded(std::uint64_t bytes) const {
  if (const auto writable = check_writable(); !writable) return writable;
  try {
    return allocator_.give_up(bytes);
  } catch (const std::bad_alloc&) {
    return std::unexpected(system_error(ENOMEM));
  }
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::set_minimum_segment_size(std::uint64_t bytes) const {
  if (const auto writable = check_writable(); !writable) return writable;
  constexpr Size largest = std::numeric_limits<Size>::max();
  if (bytes > largest) return std::unexpected(Error{.code = ErrorCode::size_too_large, .asked = largest, .there = bytes});
  allocator_.segments().set_min_segment_size(static_cast<Size>(bytes));
  return {};
}

// Memory that is on no disk has nothing to flush.
template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::flush(std::uint64_t offset, std::uint64_t size) const {
  const std::uint64_t top = allocated();
  if (size > top || offset > top - size) return std::unexpected(out_of_range(offset, offset + std::min(size, ~offset), top));
  if (!memory_.on_disk()) return {};
  if (foreign()) return std::unexpected(Error{.code = ErrorCode::other_process});
  // One at a time: the system tells a failed write to one call only, and whoever comes next must know of it.
  const std::scoped_lock flushing(flushing_);
  if (const auto good = disk_.check(view(), store_); !good) return good;
  return disk_.flush(memory_, extent_between(offset, offset + size), store_, geometry_);
}

template <WordStore Store>
Size ArenaState<Store>::discarded() const {
  return structure_ ? structure_->discarded : store_.load(geometry_.discarded(), Site::statistics_load);
}

template <WordStore Store>
Size ArenaState<Store>::minimum_segment_size() const {
  return structure_ ? structure_->min_segment_size : allocator_.segments().min_segment_size();
}

template <WordStore Store>
std::vector<Extent> ArenaState<Store>::free_segments() const {
  std::vector<Extent> result;
  if (structure_)
    for (const ListedSegment& segment : structure_->free) result.push_back(segment.extent);
  else
    allocator_.segments().walk([&](Extent segment) { result.push_back(segment); });
  return result;
}

template <WordStore Store>
Size ArenaState<Store>::spare_descriptors() const {
  if (structure_) return static_cast<Size>(structure_->spare.size());
  Size count = 0;
  allocator_.segments().walk_spare([&](Offset) { ++count; });
  return count;
}

template <WordStore Store>
std::expected<Extent, Error> ArenaState<Store>::check_allocated(std::uint64_t offset, std::uint64_t size) const {
  const std::uint64_t top = allocated();
  if (size == 0) return Extent{};
  if (offset >= geometry_.data_offset() && size <= top && offset <= top - size) return extent_between(offset, offset + size);
  return std::unexpected(out_of_range(offset, offset + std::min(size, ~offset), top));
}

// The bytes of a plan may be poisoned as free, and what is free afterwards is poisoned again.
template <WordStore Store>
template <class Planner>
std::expected<void, Error> ArenaState<Store>::carry_out_alone(Planner planner) {
  if (const auto writable = check_writable(); !writable) return writable;
  try {
    const std::expected<Plan, Error> plan = planner();
    if (!plan) return std::unexpected(plan.error());
    ghosts::forget(memory_.data(), memory_.size());
    carry_out(plan->writes(), store_);
  } catch (const std::bad_alloc&) {
    return std::unexpected(system_error(ENOMEM));
  }
  poison();
  return {};
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::rebuild(std::span<const Extent> live) {
  return carry_out_alone([&] {
    auto plan = plan_rebuild(view(), live);
    if (plan) live_.start(live);
    return plan;
  });
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::compact_freelist() {
  return carry_out_alone([&]() -> std::expected<Plan, Error> {
    const auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    return plan_compaction(view(), *structure);
  });
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::rewind(std::int64_t position) {
  const Size top = allocated();
  const auto rewound = carry_out_alone([&]() -> std::expected<Plan, Error> {
    if (position < static_cast<std::int64_t>(geometry_.data_offset()) || position > top)
      return std::unexpected(out_of_range(geometry_.data_offset(), static_cast<std::uint64_t>(position), top));
    const auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    epochs_.prepare();
    return plan_rewind(view(), *structure, static_cast<Offset>(position));
  });
  if (rewound && position < top) give_up_above(static_cast<Offset>(position));
  return rewound;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::clear() {
  const auto cleared = carry_out_alone([&]() -> std::expected<Plan, Error> {
    epochs_.prepare();
    return plan_clear(view());
  });
  if (!cleared) return cleared;
  give_up_above(static_cast<Offset>(geometry_.data_offset()));
  reserve();
  return {};
}

}  // namespace rarena

#include "state_life.hpp"
