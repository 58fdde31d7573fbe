// The arena of this repository through a magazine: one of a thread (Magazine), and one of many (Arena::sharded).
#pragma once

#include <memory_resource>
#include <type_traits>

#include "bench/peers/arena.hpp"

namespace rarena::bench {

// `Kind` has the name, the magazine and its resource, and how the magazine is made.
template <class Kind>
class MagazinePeer {
 public:
  using Block = bench::Block;
  static constexpr auto name = Kind::name;
  static constexpr bool threads = Kind::threads;
  static constexpr bool stays = true;
  static constexpr bool bounded = true;

  // The last chunk may not be used up, and each processor may have one.
  explicit MagazinePeer(std::size_t bytes)
      : arena_(Pessimistic::make(bytes + chunks * chunk)), memory_(arena_.data()),
        magazine_(arena_or_throw(Kind::of(arena_, chunk))), resource_(arena_, chunk) {}

  Block allocate(std::size_t size) { return allocate(size, Fill::none); }
  Block allocate_zeroed(std::size_t size) { return allocate(size, Fill::zero); }
  void free(const Block& block) { (void)magazine_.dealloc(static_cast<std::uint64_t>(block.memory - memory_), block.size); }
  void reset() {
    (void)arena_.clear();
    if constexpr (requires { magazine_.begin_again(); }) magazine_.begin_again();
  }
  std::pmr::memory_resource* resource() { return &resource_; }

 private:
  static constexpr std::size_t chunk = 64U << 10U, chunks = 8;

  Block allocate(std::size_t size, Fill fill) {
    const auto given = magazine_.allocate(size, 1, fill);
    if (!given) return {};
    return {memory_ + given->segment.offset, given->segment.size};
  }

  Arena arena_;
  std::byte* memory_;
  typename Kind::Taken magazine_;
  typename Kind::Resource resource_;
};

struct OfOneThread {
  using Taken = Magazine;
  using Resource = MagazineResource;
  static constexpr std::string_view name = "arena-magazine";
  static constexpr bool threads = false;
  static auto of(const Arena& arena, std::size_t bytes) { return arena.magazine(bytes); }
};
struct OfAllThreads {
  using Taken = SharedMagazine;
  using Resource = SharedMagazineResource;
  static constexpr std::string_view name = "arena-sharded";
  static constexpr bool threads = true;
  static auto of(const Arena& arena, std::size_t bytes) { return arena.sharded(bytes); }
};

static_assert(Keeps<MagazinePeer<OfOneThread>> && Resets<MagazinePeer<OfAllThreads>>);

}  // namespace rarena::bench
