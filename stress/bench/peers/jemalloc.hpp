// jemalloc: arenas of slabs, and caches of threads. Debian package libjemalloc2. It keeps more thread-local bytes than the
// loader has room for once a program runs: main.cpp asks for them.
#pragma once

#include "bench/peer.hpp"
#include "bench/shared_library.hpp"

namespace rarena::bench {

class JemallocPeer {
 public:
  static constexpr std::string_view name = "jemalloc";

  explicit JemallocPeer(std::size_t) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(allocate_(size)), size}; }
  void free(const Block& block) { free_(block.memory); }

 private:
  SharedLibrary library_{"libjemalloc.so.2"};
  void* (*allocate_)(std::size_t) = library_.function<void*(std::size_t)>("malloc");
  void (*free_)(void*) = library_.function<void(void*)>("free");
};

static_assert(Peer<JemallocPeer>);

}  // namespace rarena::bench
