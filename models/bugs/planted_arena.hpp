// PlantedArena: an arena over heap bytes with one known bug of code, or with none, for real threads. Its members mean what
// those of BasicArena mean, as far as a randomized engine needs them; what a bug makes of that is up to the bug. It has an
// index only if the options ask for one.
//
// What a planted bug does outside the memory is thrown as PlantedViolation, by any call.
//
// Thread safety: as BasicArena, or what the bug leaves of it; each thread has a liar's memory of its own.
// Invariants: breaks one, on purpose; with the variant Shipped, none.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "bugs.hpp"
#include "core/arena/format.hpp"
#include "core/arena/live_state.hpp"
#include "core/arena/options.hpp"
#include "core/arena/validate.hpp"
#include "core/memory/vector_memory.hpp"
#include "core/recovery/relist.hpp"
#include "planted_store.hpp"
#include "variant.hpp"

namespace rarena::models {

template <class Variant>
class PlantedArena {
 public:
  // What sizes and offsets are multiples of. A list that keeps its nodes in free bytes needs room for one, aligned.
  static constexpr Size granule = Variant::known_format ? 1 : 8;
  static constexpr bool known_format = Variant::known_format;

  // Always unified. `hesitates_in`: see PlantedStore. Throws std::invalid_argument if the options do not fit, std::bad_alloc.
  PlantedArena(const Options& options, const Bug* bug, unsigned hesitates_in = 0);
  ~PlantedArena() { ghosts::forget(data(), capacity()); }
  PlantedArena(const PlantedArena&) = delete;
  PlantedArena& operator=(const PlantedArena&) = delete;

  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill = Fill::zero) const;
  std::expected<void, Error> dealloc(Offset offset, Size size) const { return allocator().deallocate({offset, size}); }
  std::expected<std::uint64_t, Error> merge() const {
    if constexpr (known_format) return allocator().segments().merge();
    return 0;
  }
  std::expected<Size, Error> discard_freelist() const { return allocator().segments().discard_all(); }
  std::expected<void, Error> increase_discarded(std::uint64_t bytes) const { return allocator().give_up(bytes); }
  std::expected<void, Error> set_minimum_segment_size(std::uint64_t bytes) const;
  std::expected<void, Error> flush() const { return {}; }
  // Of a list of another format nothing is known: no segments, no descriptors.
  std::vector<Extent> free_segments() const;
  Size spare_descriptors() const;

  std::byte* data() const { return memory_.data(); }
  Size capacity() const { return geometry_.capacity(); }
  Size reserved() const { return geometry_.reserved(); }
  Size data_offset() const { return static_cast<Size>(geometry_.data_offset()); }
  Size allocated() const { return allocator().cursor().allocated(); }
  Size remaining() const { return allocator().remaining(); }
  Size discarded() const { return store().load(geometry_.discarded(), Site::statistics_load); }
  Size minimum_segment_size() const { return store().load(geometry_.min_segment_size(), Site::min_segment_load); }
  Size maximum_alignment() const { return std::max(least_alignment_limit, static_cast<Size>(options_.maximum_alignment)); }
  std::uint16_t version() const { return format_version; }
  Freelist freelist() const { return options_.freelist; }
  bool unify() const { return true; }

  // Exclusive. With a list of another format, only with nothing live: everything is as new then.
  std::expected<void, Error> rebuild(std::span<const Extent> live);

 private:
  static Geometry plan(const Options& options);
  static VectorMemory make_memory(const Options& options);
  PlantedStore store() const {
    return {memory_.data(), geometry_, orders_, {.poisons = known_format, .hesitates_in = hesitates_in_}};
  }
  LieState& lies() const;
  auto allocator() const {
    return Variant::template make<HeapRoom>(
        Variant::wrap(store(), bug_ ? bug_->lie : Lie::none, lies()), geometry_, options_.freelist,
        Tuning{.maximum_retries = options_.maximum_retries, .reuse = options_.reuse, .merging = options_.merging});
  }
  void format() const;
  void poison() const;

  Options options_;
  const Bug* bug_;  // nullptr: the shipped code
  unsigned hesitates_in_;
  OrderTable orders_;
  Geometry geometry_;
  VectorMemory memory_;
};

template <class Variant>
PlantedArena<Variant>::PlantedArena(const Options& options, const Bug* bug, unsigned hesitates_in)
    : options_(options), bug_(bug), hesitates_in_(hesitates_in), orders_(orders_with(bug)), geometry_(plan(options)),
      memory_(make_memory(options)) {
  format();
  poison();
  if constexpr (known_format) reserve_descriptors(allocator(), geometry_, static_cast<Size>(options.descriptor_reserve));
}

template <class Variant>
Geometry PlantedArena<Variant>::plan(const Options& options) {
  Options own = options;
  own.index = known_format ? options.index.value_or(0) : 0;
  const auto geometry = plan_geometry(own, true);
  if (!geometry) throw std::invalid_argument(geometry.error().message());
  return *geometry;
}

template <class Variant>
VectorMemory PlantedArena<Variant>::make_memory(const Options& options) {
  auto memory = VectorMemory::create(static_cast<Size>(options.capacity), static_cast<Size>(options.maximum_alignment), 0);
  if (!memory) throw std::bad_alloc();
  return std::move(*memory);
}

// A liar remembers the links of one arena.
template <class Variant>
LieState& PlantedArena<Variant>::lies() const {
  struct Memory {
    const PlantedArena* of = nullptr;
    LieState state;
  };
  thread_local Memory memory;
  if (memory.of != this) memory = {.of = this, .state = {}};
  return memory.state;
}

template <class Variant>
void PlantedArena<Variant>::format() const {
  format_memory(memory_.data(), geometry_, options_, false, std::nullopt);
}

template <class Variant>
void PlantedArena<Variant>::poison() const {
  store().release(extent_between(allocated(), capacity()));
  for (const Extent segment : free_segments()) store().release(segment);
}

template <class Variant>
std::expected<Allocation, Error> PlantedArena<Variant>::allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const {
  if (!is_power_of_two(alignment)) return std::unexpected(Error{.code = ErrorCode::invalid_alignment, .asked = alignment});
  if (alignment > maximum_alignment())
    return std::unexpected(Error{.code = ErrorCode::alignment_too_large, .asked = alignment, .there = maximum_alignment()});
  if (size > std::numeric_limits<Size>::max())
    return std::unexpected(allocator().no_room(size, {std::numeric_limits<Size>::max(), 1}));
  const Request request{static_cast<Size>(size), static_cast<Size>(alignment)};
  const auto allocation = allocator().allocate(request);
  if (!allocation) return std::unexpected(allocator().no_room(size, request));
  if (fill == Fill::zero) std::memset(data() + allocation->used.offset, 0, allocation->used.size);
  return *allocation;
}

template <class Variant>
std::expected<void, Error> PlantedArena<Variant>::set_minimum_segment_size(std::uint64_t bytes) const {
  constexpr Size largest = std::numeric_limits<Size>::max();
  if (bytes > largest) return std::unexpected(Error{.code = ErrorCode::size_too_large, .asked = largest, .there = bytes});
  store().store(geometry_.min_segment_size(), static_cast<Size>(bytes), Site::min_segment_store);
  return {};
}

template <class Variant>
std::vector<Extent> PlantedArena<Variant>::free_segments() const {
  std::vector<Extent> result;
  if constexpr (known_format) allocator().segments().walk([&](Extent segment) { result.push_back(segment); });
  return result;
}

template <class Variant>
Size PlantedArena<Variant>::spare_descriptors() const {
  Size count = 0;
  if constexpr (known_format) allocator().segments().walk_spare([&](Offset) { ++count; });
  return count;
}

template <class Variant>
std::expected<void, Error> PlantedArena<Variant>::rebuild(std::span<const Extent> live) {
  if constexpr (known_format) {
    const auto plan = plan_rebuild({memory_.data(), geometry_}, live);
    if (!plan) return std::unexpected(plan.error());
    ghosts::forget(data(), capacity());
    carry_out(plan->writes(), store());
  } else {
    if (!live.empty()) return std::unexpected(Error{.code = ErrorCode::wrong_format_version});
    format();
  }
  poison();
  return {};
}

}  // namespace rarena::models
