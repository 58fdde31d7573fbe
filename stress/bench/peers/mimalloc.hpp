// mimalloc of Microsoft: free lists per page of one size. Debian package libmimalloc2.0.
#pragma once

#include "bench/peer.hpp"
#include "bench/shared_library.hpp"

namespace rarena::bench {

class MimallocPeer {
 public:
  static constexpr std::string_view name = "mimalloc";

  explicit MimallocPeer(std::size_t) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(allocate_(size)), size}; }
  void free(const Block& block) { free_(block.memory); }

 private:
  SharedLibrary library_{"libmimalloc.so.2"};
  void* (*allocate_)(std::size_t) = library_.function<void*(std::size_t)>("mi_malloc");
  void (*free_)(void*) = library_.function<void(void*)>("mi_free");
};

static_assert(Peer<MimallocPeer>);

}  // namespace rarena::bench
