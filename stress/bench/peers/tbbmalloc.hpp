// The scalable allocator of oneTBB. Debian package libtbbmalloc2.
#pragma once

#include "bench/peer.hpp"
#include "bench/shared_library.hpp"

namespace rarena::bench {

class TbbPeer {
 public:
  static constexpr std::string_view name = "tbbmalloc";

  explicit TbbPeer(std::size_t) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(allocate_(size)), size}; }
  void free(const Block& block) { free_(block.memory); }

 private:
  SharedLibrary library_{"libtbbmalloc.so.2"};
  void* (*allocate_)(std::size_t) = library_.function<void*(std::size_t)>("scalable_malloc");
  void (*free_)(void*) = library_.function<void(void*)>("scalable_free");
};

static_assert(Peer<TbbPeer>);

}  // namespace rarena::bench
