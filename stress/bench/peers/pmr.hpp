// The memory resources of the standard library. The pools get their memory from the heap, the monotonic one has a buffer.
#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <new>

#include "bench/peer.hpp"

namespace rarena::bench {

template <class Pool>
class PoolPeer {
 public:
  using Block = bench::Block;
  static constexpr bool threads = std::same_as<Pool, std::pmr::synchronized_pool_resource>;
  static constexpr std::string_view name = threads ? "pmr-synchronized" : "pmr-pool";
  static constexpr bool stays = true;
  static constexpr bool bounded = false;

  explicit PoolPeer(std::size_t) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(pool_.allocate(size)), size}; }
  void free(const Block& block) { pool_.deallocate(block.memory, block.size); }
  std::pmr::memory_resource* resource() { return &pool_; }

 private:
  Pool pool_;
};

class MonotonicPeer {
 public:
  using Block = bench::Block;
  static constexpr std::string_view name = "pmr-monotonic";
  static constexpr bool threads = false;
  static constexpr bool stays = true;
  static constexpr bool bounded = true;

  explicit MonotonicPeer(std::size_t bytes)
      : buffer_(std::make_unique_for_overwrite<std::byte[]>(bytes)),
        resource_(buffer_.get(), bytes, std::pmr::null_memory_resource()) {}

  Block allocate(std::size_t size) try {
    return {static_cast<std::byte*>(resource_.allocate(size)), size};
  } catch (const std::bad_alloc&) {
    return {};
  }
  void reset() { resource_.release(); }
  std::pmr::memory_resource* resource() { return &resource_; }

 private:
  std::unique_ptr<std::byte[]> buffer_;
  std::pmr::monotonic_buffer_resource resource_;
};

static_assert(Keeps<PoolPeer<std::pmr::unsynchronized_pool_resource>> && Resets<MonotonicPeer> && !Frees<MonotonicPeer>);

}  // namespace rarena::bench
