// ResourceOf: a peer as a memory resource for the containers of the standard library: its own, or one over the peer.
//
// Thread safety: that of the peer.
#pragma once

#include <memory_resource>
#include <new>
#include <type_traits>

#include "bench/peer.hpp"

namespace rarena::bench {

// A container gives back a pointer and a size, from which a block must come again.
template <class P>
concept ServesContainers = HasResource<P> || (Keeps<P> && std::is_same_v<typename P::Block, Block>);

template <Peer P>
class PeerResource : public std::pmr::memory_resource {
 public:
  explicit PeerResource(P& peer) : peer_(peer) {}

 private:
  void* do_allocate(std::size_t size, std::size_t) override {
    const Block block = peer_.allocate(size);
    if (block.memory == nullptr) throw std::bad_alloc();
    return block.memory;
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t) override {
    Block block{static_cast<std::byte*>(memory), size};
    peer_.free(block);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  P& peer_;
};

template <ServesContainers P>
class ResourceOf {
 public:
  explicit ResourceOf(P& peer) : resource_(peer) {}
  std::pmr::memory_resource* get() {
    if constexpr (HasResource<P>)
      return resource_.resource();
    else
      return &resource_;
  }

 private:
  typename std::conditional<HasResource<P>, std::type_identity<P&>, std::type_identity<PeerResource<P>>>::type::type resource_;
};

}  // namespace rarena::bench
