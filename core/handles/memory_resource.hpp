// BasicMemoryResource: an arena as a std::pmr::memory_resource, for the containers of the standard library.
// BasicMagazineResource, BasicSharedMagazineResource: the same through a magazine. For many threads there is
// ThreadMagazineResource as well (thread_magazine.hpp, which says when to use which).
//
// Each keeps a copy of the arena, so the arena lives at least as long. Containers hold pointers: what they keep in a file
// arena is not restorable. Checked builds end the program where a container gives back what is not its own: because it outlives
// a clear or rewind of the arena, or gives back twice. In a process that does not own a file arena (fork) nothing is allocated
// (BadAlloc), and what is given back stays as it is.
//
// What is refused is thrown as a BadAlloc (bad_alloc.hpp), which says why. How requests are rounded is in whole_pieces.hpp.
// Any alignment may be asked for: beyond what the memory guarantees, a piece is cut out of a larger one, whose rest is free at
// once.
//
// Thread safety and progress: as the arena's allocate and dealloc; as the magazine's. Invariants: SEG-2 (a container gives back
// a pointer and a size, so the padding and slack of a segment are given up when it is allocated).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

#include "../words/exceptions.hpp"
#include "bad_alloc.hpp"
#include "bytes.hpp"
#include "magazine.hpp"
#include "shared_magazine.hpp"
#include "whole_pieces.hpp"

namespace rarena {

namespace detail {

// What resources have in common: rounding, and in checked builds the watch over containers. Source: where the bytes come from
// and go to: allocate(size, alignment); take(size, alignment), which gives what is there at once, as a pointer or nullptr;
// dealloc(extent), arena(), data(), and whether it takes back what another source has given.
template <WordStore Store, class Source>
class ResourceOver : public std::pmr::memory_resource {
 public:
  const BasicArena<Store>& arena() const { return source_.arena(); }

 protected:
  explicit ResourceOver(Source source) : source_(std::move(source)) {}

  Source source_;

 private:
  // Throws BadAlloc if the arena is full.
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (std::byte* const bytes = source_.take(rounded_to_pieces(size), alignment)) return bytes;
    return allocate_from_source(rounded_to_pieces(size), std::max(alignment, piece_granule));
  }
  [[gnu::noinline]] void* allocate_from_source(std::size_t size, std::size_t alignment) {
    const bool beyond = alignment > arena().maximum_alignment();
    const auto allocation = beyond ? allocate_at_address(size, alignment) : source_.allocate(size, alignment);
    if (!allocation) raise(BadAlloc(allocation.error()));
    if constexpr (checked) watch(*allocation);
    keep_the_used(*allocation, [this](Extent bytes) { give_up(bytes); });
    return source_.data() + allocation->used.offset;
  }

  // Further than offsets are aligned in this memory: containers hold addresses, so it is theirs that count. Pools ask for
  // blocks that are aligned to their size.
  [[gnu::noinline]] std::expected<Allocation, Error> allocate_at_address(std::size_t size, std::size_t alignment) {
    constexpr std::size_t most = std::numeric_limits<Size>::max();
    if (!is_power_of_two(alignment) || alignment > most || size > most) return source_.allocate(size, alignment);
    const std::size_t sure = arena().maximum_alignment();
    auto allocation = source_.allocate(size + alignment - sure, sure);
    if (!allocation) return allocation;
    const auto address = reinterpret_cast<std::uintptr_t>(source_.data() + allocation->used.offset);
    const auto skipped = static_cast<Size>(align_up(address, alignment) - address);
    allocation->used = {allocation->used.offset + skipped, static_cast<Size>(size)};
    return allocation;
  }

  void do_deallocate(void* bytes, std::size_t size, std::size_t) override {
    const auto offset = static_cast<Offset>(static_cast<std::byte*>(bytes) - source_.data());
    if constexpr (checked) unwatch(offset);
    give_up({offset, static_cast<Size>(rounded_to_pieces(size))});
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    const auto* const same_kind = known_as<ResourceOver>(other, *this);
    return same_kind != nullptr && source_.takes_back_from(same_kind->source_);
  }

  void give_up(Extent bytes) { (void)source_.dealloc(bytes); }  // what it owns is in range

  // Checked builds: a handle stands for each allocation, and knows what a clear or rewind has made of it.
  void watch(const Allocation& allocation) {
    const auto note = [&] {
      const std::scoped_lock guard(watched_.mutex);
      watched_.handles.insert_or_assign(allocation.used.offset, arena().handle_of(allocation));
    };
    within_heap(note, [&] {
      give_up(allocation.segment);
      raise(BadAlloc(system_error(ENOMEM)));
    });
  }
  void unwatch(Offset offset) {
    const std::scoped_lock guard(watched_.mutex);
    const auto at = watched_.handles.find(offset);
    if (at == watched_.handles.end())
      report_misuse("a container gives back what was not allocated, or twice", offset, "see its owner");
    if (!at->second.owns() && !arena().foreign())
      report_misuse("a container has outlived a clear or rewind of its arena", offset, "end it before");
    (void)at->second.detach();
    watched_.handles.erase(at);
  }

  struct Watched {
    std::mutex mutex;
    std::map<Offset, BasicBytes<Store>> handles;
  };
  struct Unwatched {};

  [[no_unique_address]] std::conditional_t<checked, Watched, Unwatched> watched_;
};

// An arena as the source of a resource.
template <WordStore Store>
class ArenaSource {
 public:
  explicit ArenaSource(BasicArena<Store> arena) : arena_(std::move(arena)) {}

  const BasicArena<Store>& arena() const { return arena_; }
  std::byte* data() const { return arena_.data(); }
  static constexpr std::byte* take(std::size_t, std::size_t) { return nullptr; }
  auto allocate(std::size_t size, std::size_t alignment) const { return arena_.allocate(size, alignment, Fill::none); }
  auto dealloc(Extent bytes) const { return arena_.dealloc(bytes.offset, bytes.size); }
  bool takes_back_from(const ArenaSource& other) const { return arena_ == other.arena_; }
  [[nodiscard]] std::expected<void, Error> close() { return arena_.close(); }

 private:
  BasicArena<Store> arena_;
};

}  // namespace detail

/// An arena as a resource of containers, and a copy of it. Thread safety and progress: as BasicArena::allocate and dealloc.
template <WordStore Store>
class BasicMemoryResource : public detail::ResourceOver<Store, detail::ArenaSource<Store>> {
 public:
  /// Over this arena, which need not be kept elsewhere.
  explicit BasicMemoryResource(BasicArena<Store> arena)
      : detail::ResourceOver<Store, detail::ArenaSource<Store>>(detail::ArenaSource<Store>(std::move(arena))) {}

  /// As BasicArena::close, with its errors, if this has the only copy. No container uses the resource afterwards.
  [[nodiscard]] std::expected<void, Error> close() { return this->source_.close(); }
};

namespace detail {

// What a magazine has at once, as a pointer into its arena's memory: where nothing has to be aligned further than what lies in
// front of it, and so nothing be given up. nullptr: it is to be asked as usual.
template <WordStore Store>
[[gnu::always_inline]] inline std::byte* take_piece(BasicMagazine<Store>& magazine, std::byte* data, std::size_t size,
                                                    std::size_t alignment) {
  const Offset next = magazine.unused().offset;
  const bool fits = alignment <= descriptor_size && next % descriptor_size == 0 && size <= std::numeric_limits<Size>::max();
  return fits && magazine.take({static_cast<Size>(size), 1}) ? data + next : nullptr;
}

// A copy of an arena, and a magazine of it.
template <WordStore Store, class AnyMagazine>
class MagazineSource {
 public:
  MagazineSource(BasicArena<Store> arena, AnyMagazine magazine)
      : arena_(std::move(arena)), data_(arena_.data()), magazine_(std::move(magazine)) {}

  const BasicArena<Store>& arena() const { return arena_; }
  std::byte* data() const { return data_; }
  [[gnu::always_inline]] std::byte* take(std::size_t size, std::size_t alignment) {
    if constexpr (std::is_same_v<AnyMagazine, BasicMagazine<Store>>) return take_piece(magazine_, data_, size, alignment);
    return nullptr;
  }
  auto allocate(std::size_t size, std::size_t alignment) { return magazine_.allocate(size, alignment, Fill::none); }
  auto dealloc(Extent bytes) { return magazine_.dealloc(bytes.offset, bytes.size); }
  bool takes_back_from(const MagazineSource& other) const { return this == &other; }

 private:
  BasicArena<Store> arena_;  // outlives the magazine, and as long as there is this copy nobody truncates it
  std::byte* data_;
  AnyMagazine magazine_;
};

template <WordStore Store, class AnyMagazine>
class ResourceOfMagazine : public ResourceOver<Store, MagazineSource<Store, AnyMagazine>> {
 protected:
  ResourceOfMagazine(BasicArena<Store> arena, std::expected<AnyMagazine, Error> magazine)
      : ResourceOver<Store, MagazineSource<Store, AnyMagazine>>({std::move(arena), value_or_throw(std::move(magazine))}) {}

 private:
  static AnyMagazine value_or_throw(std::expected<AnyMagazine, Error> magazine) {
    if (!magazine) raise(BadAlloc(magazine.error()));
    return *std::move(magazine);
  }
};

}  // namespace detail

/// A magazine as a resource, for the containers of one thread at a time. Progress: as BasicMagazine.
template <WordStore Store>
class BasicMagazineResource : public detail::ResourceOfMagazine<Store, BasicMagazine<Store>> {
 public:
  /// Over BasicArena::magazine of so many bytes. Throws BadAlloc if there is none: the arena is only read, or `bytes` is too
  /// large.
  BasicMagazineResource(const BasicArena<Store>& arena, std::uint64_t bytes)
      : detail::ResourceOfMagazine<Store, BasicMagazine<Store>>(arena, arena.magazine(bytes)) {}
};
/// The same for the containers of any number of threads. Progress: as BasicSharedMagazine.
template <WordStore Store>
class BasicSharedMagazineResource : public detail::ResourceOfMagazine<Store, BasicSharedMagazine<Store>> {
 public:
  /// Over BasicArena::sharded of so many bytes. Throws BadAlloc as the one above, and std::bad_alloc.
  BasicSharedMagazineResource(const BasicArena<Store>& arena, std::uint64_t bytes)
      : detail::ResourceOfMagazine<Store, BasicSharedMagazine<Store>>(arena, arena.sharded(bytes)) {}
};

/// An Arena as a resource.
using MemoryResource = BasicMemoryResource<AtomicStore>;
/// A Magazine as a resource.
using MagazineResource = BasicMagazineResource<AtomicStore>;
/// A SharedMagazine as a resource.
using SharedMagazineResource = BasicSharedMagazineResource<AtomicStore>;

namespace unsync {
/// An unsync::Arena as a resource.
using MemoryResource = BasicMemoryResource<PlainStore>;
/// An unsync::Magazine as a resource.
using MagazineResource = BasicMagazineResource<PlainStore>;
/// An unsync::SharedMagazine as a resource.
using SharedMagazineResource = BasicSharedMagazineResource<PlainStore>;
}  // namespace unsync

}  // namespace rarena
