// CountedArena: the shipped allocator over anonymous pages, made of core's own parts, which counts what its calls come to. Its
// members mean what those of BasicArena mean, as far as a load needs them.
//
// Each thread counts for itself, so counting orders nothing. Counted are allocations, frees and merges; looking at the lists is
// not.
//
// Thread safety: as BasicArena. Invariants: those of the allocator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/arena/allocator.hpp"
#include "core/arena/format.hpp"
#include "core/arena/live_state.hpp"
#include "core/arena/validate.hpp"
#include "core/memory/anonymous_map.hpp"
#include "core/words/atomic_store.hpp"
#include "core/words/ghosts.hpp"

namespace rarena::stress {

// What the calls of one thread came to.
struct Tally {
  std::uint64_t accesses = 0;  // of shared words
  std::uint64_t merges = 0;    // begun

  Tally& operator+=(const Tally& other) {
    accesses += other.accesses;
    merges += other.merges;
    return *this;
  }
  Tally operator-(const Tally& before) const { return {accesses - before.accesses, merges - before.merges}; }
};

// The calling thread's.
inline Tally& tally() {
  thread_local Tally own;
  return own;
}

class CountingStore {
 public:
  static constexpr bool concurrent = true;
  using LoopHead = AtomicStore::LoopHead;

  explicit CountingStore(std::byte* memory) : store_(memory) {}

  template <class T>
  [[gnu::always_inline]] T load(detail::Word<T> word, detail::Site site, detail::Location = {}) const {
    return counted().load(word, site);
  }
  template <class T>
  [[gnu::always_inline]] void store(detail::Word<T> word, T value, detail::Site site, detail::Location = {}) const {
    counted().store(word, value, site);
  }
  template <class T>
  [[gnu::always_inline]] bool compare_exchange_weak(detail::Word<T> word, T& expected, T value, detail::Site site,
                                                    detail::Location = {}) const {
    return counted().compare_exchange_weak(word, expected, value, site);
  }
  template <class T>
  [[gnu::always_inline]] T fetch_add(detail::Word<T> word, T value, detail::Site site, detail::Location = {}) const {
    return counted().fetch_add(word, value, site);
  }

  LoopHead loop_head() const { return store_.loop_head(); }
  void retry(LoopHead& head, detail::Location = {}) const { store_.retry(head); }
  void yield() const { store_.yield(); }
  void claim(Extent extent, detail::Location = {}) const { store_.claim(extent); }
  void release(Extent extent, detail::Location = {}) const { store_.release(extent); }

 private:
  const AtomicStore& counted() const {
    ++tally().accesses;
    return store_;
  }

  AtomicStore store_;
};

static_assert(WordStore<CountingStore>);

class CountingRoom {
 public:
  CountingRoom() { ++tally().merges; }

  bool push(const detail::SeenNode& seen) { return room_.push(seen); }
  void truncate(std::size_t count) { room_.truncate(count); }
  std::span<detail::SeenNode> seen() { return room_.seen(); }
  detail::MergeOrder order(std::size_t count) { return room_.order(count); }

 private:
  detail::HeapRoom room_;
};

static_assert(detail::MergeRoom<CountingRoom>);

class CountedArena {
 public:
  static std::expected<CountedArena, Error> map_anon(const Options& options) {
    const auto geometry = detail::plan_geometry(options, false);
    if (!geometry) return std::unexpected(geometry.error());
    auto map = detail::AnonymousMap::create(geometry->capacity(), detail::Geometry::pure_front);
    if (!map) return std::unexpected(map.error());
    return CountedArena(*std::move(map), *geometry, options);
  }

  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill) const {
    const detail::Request request{static_cast<Size>(size), static_cast<Size>(alignment)};
    const auto allocation = allocator_.allocate(request);
    if (allocation) return *allocation;
    return std::unexpected(allocator_.no_room(size, request));
  }
  std::expected<void, Error> dealloc(std::uint64_t offset, std::uint64_t size) const {
    return allocator_.deallocate({static_cast<Offset>(offset), static_cast<Size>(size)});
  }
  std::expected<std::uint64_t, Error> merge() const { return allocator_.segments().merge(); }

  std::vector<Extent> free_segments() const {
    std::vector<Extent> result;
    seen_.segments().walk([&](Extent segment) { result.push_back(segment); });
    return result;
  }
  Size spare_descriptors() const {
    Size count = 0;
    seen_.segments().walk_spare([&](Offset) { ++count; });
    return count;
  }
  std::byte* data() const { return pages_->memory.data(); }
  Size capacity() const { return geometry_.capacity(); }
  Size data_offset() const { return static_cast<Size>(geometry_.data_offset()); }
  Size allocated() const { return seen_.cursor().allocated(); }
  Size remaining() const { return seen_.remaining(); }
  Size discarded() const { return seen_.cursor().discarded(); }

 private:
  struct Pages {
    explicit Pages(detail::AnonymousMap given) : memory(std::move(given)) {}
    ~Pages() { detail::ghosts::forget(memory.data(), memory.size()); }
    detail::AnonymousMap memory;
  };

  CountedArena(detail::AnonymousMap map, const detail::Geometry& geometry, const Options& options)
      : pages_(std::make_unique<Pages>(std::move(map))), geometry_(geometry),
        allocator_(detail::make_allocator<CountingStore, CountingRoom>(CountingStore(data()), geometry_, options.freelist,
                                                                       tuning_of(options))),
        seen_(detail::make_allocator<AtomicStore>(AtomicStore(data()), geometry_, options.freelist, tuning_of(options))) {
    detail::format_memory(data(), geometry_, options, false, {});
    detail::reserve_descriptors(seen_, geometry_, static_cast<Size>(options.descriptor_reserve));
  }
  static detail::Tuning tuning_of(const Options& options) {
    return {.maximum_retries = options.maximum_retries, .reuse = options.reuse, .merging = options.merging};
  }

  std::unique_ptr<Pages> pages_;
  detail::Geometry geometry_;
  detail::Allocator<CountingStore, detail::Cursor<CountingStore>, detail::FreeSegments<CountingStore, CountingRoom>> allocator_;
  detail::Allocator<AtomicStore> seen_;
};

}  // namespace rarena::stress
