// BasicMemoryResource: an arena as a std::pmr::memory_resource, for the containers of the standard library.
//
// It keeps a copy of the arena, so the arena lives at least as long. Containers hold pointers: what they keep in a file
// arena is not restorable.
//
// Thread safety and progress: as the arena's allocate and dealloc. Invariants: SEG-2 (a container gives back a pointer and a
// size, so the padding and slack of a segment are given up when it is allocated).
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <utility>

#include "../arena/arena.hpp"

namespace rarena {

template <WordStore Store>
class BasicMemoryResource : public std::pmr::memory_resource {
 public:
  explicit BasicMemoryResource(BasicArena<Store> arena) : arena_(std::move(arena)) {}

  const BasicArena<Store>& arena() const { return arena_; }

 private:
  // A request of 0 bytes takes one: its pointer must be valid.
  static constexpr std::size_t least(std::size_t size) { return std::max<std::size_t>(size, 1); }

  // Throws std::bad_alloc if the arena is full, or does not offer the alignment.
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    const auto allocation = arena_.allocate(least(size), alignment, Fill::none);
    if (!allocation) throw std::bad_alloc();
    const auto [segment, used] = *allocation;
    give_up(extent_between(used.end(), segment.end()));
    give_up(extent_between(segment.offset, used.offset));
    return arena_.get_pointer(used.offset);
  }

  void do_deallocate(void* bytes, std::size_t size, std::size_t) override {
    const auto offset = static_cast<Offset>(static_cast<std::byte*>(bytes) - arena_.data());
    give_up({offset, static_cast<Size>(least(size))});
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    const auto* const same_kind = dynamic_cast<const BasicMemoryResource*>(&other);
    return same_kind != nullptr && same_kind->arena_ == arena_;
  }

  void give_up(Extent bytes) const { (void)arena_.dealloc(bytes.offset, bytes.size); }  // what it owns is in range

  BasicArena<Store> arena_;
};

using MemoryResource = BasicMemoryResource<AtomicStore>;

namespace unsync {
using MemoryResource = BasicMemoryResource<PlainStore>;
}

}  // namespace rarena
