// jemalloc: arenas of slabs, and caches of threads. Debian package libjemalloc2. It keeps more thread-local bytes than the
// loader has room for once a program runs: main.cpp asks for them.
#pragma once

#include "bench/peers/library_peer.hpp"

namespace rarena::bench {

struct Jemalloc {
  static constexpr std::string_view name = "jemalloc";
  static constexpr const char* file = "libjemalloc.so.2";
  static constexpr const char* allocate = "malloc";
  static constexpr const char* allocate_zeroed = "calloc";
  static constexpr const char* free = "free";
};
using JemallocPeer = LibraryPeer<Jemalloc>;

static_assert(Keeps<JemallocPeer>);

}  // namespace rarena::bench
