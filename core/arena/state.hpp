// ArenaState: what all copies of an arena share. It owns the memory and lays the allocator over it.
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
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../memory/memory.hpp"
#include "../recovery/durability.hpp"
#include "../recovery/relist.hpp"
#include "../words/ghosts.hpp"
#include "allocator.hpp"
#include "epochs.hpp"
#include "file.hpp"
#include "options.hpp"

namespace rarena {

// What an allocation finds in its bytes.
enum class Fill : std::uint8_t {
  zero,  // zeros
  none,  // whatever was there: the zeros of fresh memory, or what an earlier owner left
};

template <WordStore Store>
class ArenaState {
 public:
  // `geometry` and `options` fit the memory: plan_geometry made them, or open_file accepted them. `alignment_limit` is
  // the largest alignment that may be asked for. `structure` is what a memory holds that is only read.
  ArenaState(Memory memory, const Geometry& geometry, const Options& options, Size alignment_limit, const Recovery& recovery,
             std::optional<std::filesystem::path> path, std::optional<Structure> structure);
  // Closes: what is on disk is flushed, and then sealed.
  ~ArenaState();
  ArenaState(const ArenaState&) = delete;
  ArenaState& operator=(const ArenaState&) = delete;

  // See BasicArena. What changes the arena has the error read_only if it is only read.
  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const;
  std::expected<void, Error> deallocate(Extent segment) const;
  std::expected<Size, Error> discard_freelist() const;
  std::expected<void, Error> increase_discarded(Size bytes) const;
  std::expected<void, Error> set_minimum_segment_size(Size bytes) const;
  std::expected<void, Error> flush(Extent range) const;
  std::expected<void, Error> flush_header_and(Extent range) const;

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
  // Whether a range lies in the allocated bytes. Error: out_of_range.
  std::expected<void, Error> check_allocated(Extent range) const;

  // Exclusive operations: nobody else is using the arena. See BasicArena.
  std::expected<void, Error> rebuild(std::span<const Extent> live);
  std::expected<void, Error> compact_freelist();
  std::expected<void, Error> rewind(std::int64_t position);
  std::expected<void, Error> clear();
  std::expected<void, Error> truncate(Size capacity);

  // Handles.
  Epoch epoch() const { return epochs_.current(); }
  bool holds(Epoch since, Extent segment) const { return epochs_.hold(since, segment); }

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
  std::expected<void, Error> check_below_cursor(Extent range) const {
    if (const Size top = allocated(); range.end() > top) return std::unexpected(out_of_range(range.offset, range.end(), top));
    return {};
  }
  std::expected<void, Error> check_writable() const {
    if (read_only()) return std::unexpected(Error{.code = ErrorCode::read_only});
    return {};
  }
  MemoryView view() const { return {memory_.data(), geometry_}; }
  void format() const;
  void reserve() const { reserve_descriptors(allocator_, geometry_, options_.descriptor_reserve); }
  void close() const;
  void poison() const;
  // Makes a plan, which may find no memory, and carries it out.
  template <class Planner>
  std::expected<void, Error> carry_out_alone(Planner planner) const;

  Memory memory_;
  Geometry geometry_;
  Options options_;
  Size alignment_limit_;
  std::optional<std::filesystem::path> path_;
  Recovery recovery_;
  std::optional<Structure> structure_;
  Store store_;
  Allocator<Store> allocator_;
  Epochs epochs_;
};

template <WordStore Store>
ArenaState<Store>::ArenaState(Memory memory, const Geometry& geometry, const Options& options, Size alignment_limit,
                              const Recovery& recovery, std::optional<std::filesystem::path> path,
                              std::optional<Structure> structure)
    : memory_(std::move(memory)), geometry_(geometry), options_(options), alignment_limit_(alignment_limit),
      path_(std::move(path)), recovery_(recovery), structure_(std::move(structure)), store_(memory_.data()),
      allocator_(allocator_over(store_, geometry, options)) {
  if (read_only()) return;
  const bool fresh = recovery_.opening == Recovery::Opening::fresh;
  if (fresh) format();
  poison();
  if (fresh) reserve();
}

template <WordStore Store>
ArenaState<Store>::~ArenaState() {
  ghosts::forget(memory_.data(), memory_.size());
  close();
}

// The memory is zero and nobody else knows it yet: plain writes.
template <WordStore Store>
void ArenaState<Store>::format() const {
  const auto prefix_bytes =
      encode(Prefix{.freelist = static_cast<std::uint8_t>(options_.freelist), .magic_version = options_.magic_version});
  const FileMap* const file = memory_.file();
  const Header header{.free_head = 0,
                      .spare_head = 0,
                      .allocated = static_cast<std::uint32_t>(geometry_.data_offset()),
                      .discarded = 0,
                      .min_segment_size = options_.minimum_segment_size,
                      .seal = file != nullptr ? dirty_marker(file->identity()) : 0};
  std::memcpy(data() + geometry_.header(), &header, sizeof header);
  std::memcpy(data() + geometry_.prefix(), prefix_bytes.data(), prefix_bytes.size());
}

// The seal comes last, and only if everything that it vouches for is on the disk. A child that fork made has a copy of this
// arena and closes nothing: its parent is still at work.
template <WordStore Store>
void ArenaState<Store>::close() const {
  if (!memory_.on_disk() || !memory_.file()->opened_by_this_process()) return;
  (void)seal_durably(view(), store_, memory_);  // without it the marker stays: a later boot drops the lists
}

// Free bytes have no owner.
template <WordStore Store>
void ArenaState<Store>::poison() const {
  store_.release(extent_between(allocator_.cursor().allocated(), geometry_.capacity()));
  allocator_.segments().walk([&](Extent segment) { store_.release(segment); });
}

template <WordStore Store>
std::expected<Allocation, Error> ArenaState<Store>::allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const {
  if (const auto writable = check_writable(); !writable) return std::unexpected(writable.error());
  if (!is_power_of_two(alignment)) return std::unexpected(Error{.code = ErrorCode::invalid_alignment, .asked = alignment});
  if (alignment > alignment_limit_)
    return std::unexpected(Error{.code = ErrorCode::alignment_too_large, .asked = alignment, .there = alignment_limit_});
  if (size > std::numeric_limits<Size>::max())
    return std::unexpected(Error{.code = ErrorCode::insufficient_space, .asked = size, .there = allocator_.remaining()});
  const auto allocation = allocator_.allocate({static_cast<Size>(size), static_cast<Size>(alignment)});
  if (allocation && fill == Fill::zero) std::memset(at(allocation->used.offset), 0, allocation->used.size);
  return allocation;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::deallocate(Extent segment) const {
  if (const auto writable = check_writable(); !writable) return writable;
  return allocator_.deallocate(segment);
}

template <WordStore Store>
std::expected<Size, Error> ArenaState<Store>::discard_freelist() const {
  if (const auto writable = check_writable(); !writable) return std::unexpected(writable.error());
  return allocator_.segments().discard_all();
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::increase_discarded(Size bytes) const {
  if (const auto writable = check_writable(); !writable) return writable;
  const std::uint64_t known = geometry_.data_offset() + discarded(), top = allocated();
  if (known + bytes > top) return std::unexpected(out_of_range(known, known + bytes, top));
  store_.fetch_add(geometry_.discarded(), bytes, Site::discarded_add);
  return {};
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::set_minimum_segment_size(Size bytes) const {
  if (const auto writable = check_writable(); !writable) return writable;
  allocator_.segments().set_min_segment_size(bytes);
  return {};
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::flush(Extent range) const {
  if (const auto inside = check_below_cursor(range); !inside) return inside;
  return memory_.flush(range);
}

// The pure layout has nothing to flush: its memory is never on disk.
template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::flush_header_and(Extent range) const {
  if (!geometry_.unified()) return flush(range);
  if (const auto inside = check_below_cursor(range); !inside) return inside;
  return flush_with_header(memory_, range, geometry_);
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
std::expected<void, Error> ArenaState<Store>::check_allocated(Extent range) const {
  const Size top = allocated();
  if (range.empty() || (range.offset >= geometry_.data_offset() && range.end() <= top)) return {};
  return std::unexpected(out_of_range(range.offset, range.end(), top));
}

// The bytes of a plan may be poisoned as free, and what is free afterwards is poisoned again.
template <WordStore Store>
template <class Planner>
std::expected<void, Error> ArenaState<Store>::carry_out_alone(Planner planner) const {
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
  return carry_out_alone([&] { return plan_rebuild(view(), live); });
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
  const auto rewound = carry_out_alone([&]() -> std::expected<Plan, Error> {
    const Size top = allocated();
    if (position < static_cast<std::int64_t>(geometry_.data_offset()) || position > top)
      return std::unexpected(out_of_range(geometry_.data_offset(), static_cast<std::uint64_t>(position), top));
    const auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    return plan_rewind(view(), *structure, static_cast<Offset>(position));
  });
  if (rewound) epochs_.cut(static_cast<Offset>(position));
  return rewound;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::clear() {
  const auto cleared = carry_out_alone([&]() -> std::expected<Plan, Error> { return plan_clear(view()); });
  if (!cleared) return cleared;
  epochs_.cut(static_cast<Offset>(geometry_.data_offset()));
  reserve();
  return {};
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::truncate(Size capacity) {
  if (const auto writable = check_writable(); !writable) return writable;
  if (!memory_.on_disk()) return std::unexpected(Error{.code = ErrorCode::not_a_file});
  const std::uint64_t least = std::max<std::uint64_t>(allocated(), geometry_.data_offset() + 1);
  if (capacity < least) return std::unexpected(Error{.code = ErrorCode::capacity_too_small, .asked = least, .there = capacity});
  ghosts::forget(memory_.data(), memory_.size());
  const auto resized = memory_.file()->resize(capacity);
  if (resized) {
    geometry_ = Geometry::unified(geometry_.reserved(), capacity);
    store_ = Store(memory_.data());
    allocator_ = allocator_over(store_, geometry_, options_);
  }
  poison();
  return resized;
}

}  // namespace rarena
