// BasicMemoryResource: an arena as a std::pmr::memory_resource, for the containers of the standard library.
//
// It keeps a copy of the arena, so the arena lives at least as long. Containers hold pointers: what they keep in a file
// arena is not restorable. Checked builds end the program where a container gives back what is not its own: because it outlives
// a clear or rewind of the arena, or gives back twice. In a process that does not own a file arena (fork) nothing is allocated
// (std::bad_alloc), and what is given back stays as it is.
//
// Requests are rounded up to 16 bytes and aligned to 16 at least. So what is cut off a segment is a multiple of 16 too, is free
// again, and fits the next request of its size.
//
// Thread safety and progress: as the arena's allocate and dealloc. Invariants: SEG-2 (a container gives back a pointer and a
// size, so the padding and slack of a segment are given up when it is allocated).
#pragma once

#include <algorithm>
#include <cstddef>
#include <expected>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

#include "bytes.hpp"

namespace rarena {

template <WordStore Store>
class BasicMemoryResource : public std::pmr::memory_resource {
 public:
  explicit BasicMemoryResource(BasicArena<Store> arena) : arena_(std::move(arena)) {}

  const BasicArena<Store>& arena() const { return arena_; }

  // As BasicArena::close, if this has the only copy. No container uses the resource afterwards.
  std::expected<void, Error> close() { return arena_.close(); }

 private:
  static constexpr std::size_t granule = descriptor_size;
  // A request of 0 bytes takes some: its pointer must be valid. One that is too large stays so.
  static constexpr std::size_t rounded(std::size_t size) {
    const std::size_t up = (std::max<std::size_t>(size, 1) + (granule - 1)) & ~(granule - 1);
    return up == 0 ? size : up;
  }

  // Throws std::bad_alloc if the arena is full, or does not offer the alignment.
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    const auto allocation = arena_.allocate(rounded(size), std::max(alignment, granule), Fill::none);
    if (!allocation) throw std::bad_alloc();
    const auto [segment, used] = *allocation;
    if constexpr (checked) watch(*allocation);
    give_up(extent_between(used.end(), segment.end()));
    give_up(extent_between(segment.offset, used.offset));
    return arena_.get_pointer(used.offset);
  }

  void do_deallocate(void* bytes, std::size_t size, std::size_t) override {
    const auto offset = static_cast<Offset>(static_cast<std::byte*>(bytes) - arena_.data());
    if constexpr (checked) unwatch(offset);
    give_up({offset, static_cast<Size>(rounded(size))});
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    const auto* const same_kind = dynamic_cast<const BasicMemoryResource*>(&other);
    return same_kind != nullptr && same_kind->arena_ == arena_;
  }

  void give_up(Extent bytes) const { (void)arena_.dealloc(bytes.offset, bytes.size); }  // what it owns is in range

  // Checked builds: a handle stands for each allocation, and knows what a clear or rewind has made of it.
  void watch(const Allocation& allocation) {
    try {
      const std::scoped_lock guard(watched_.mutex);
      watched_.handles.insert_or_assign(allocation.used.offset, arena_.handle_of(allocation));
    } catch (const std::bad_alloc&) {
      give_up(allocation.segment);
      throw;
    }
  }
  void unwatch(Offset offset) {
    const std::scoped_lock guard(watched_.mutex);
    const auto at = watched_.handles.find(offset);
    if (at == watched_.handles.end())
      report_misuse("a container gives back what was not allocated, or twice", offset, "see its owner");
    if (!at->second.owns() && !arena_.foreign())
      report_misuse("a container has outlived a clear or rewind of its arena", offset, "end it before");
    (void)at->second.detach();
    watched_.handles.erase(at);
  }

  struct Watched {
    std::mutex mutex;
    std::map<Offset, BasicBytes<Store>> handles;
  };
  struct Unwatched {};

  BasicArena<Store> arena_;
  [[no_unique_address]] std::conditional_t<checked, Watched, Unwatched> watched_;
};

using MemoryResource = BasicMemoryResource<AtomicStore>;

namespace unsync {
using MemoryResource = BasicMemoryResource<PlainStore>;
}

}  // namespace rarena
