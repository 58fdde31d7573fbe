// The scalable allocator of oneTBB. Debian package libtbbmalloc2.
#pragma once

#include "bench/peers/library_peer.hpp"

namespace rarena::bench {

struct Tbb {
  static constexpr std::string_view name = "tbbmalloc";
  static constexpr const char* file = "libtbbmalloc.so.2";
  static constexpr const char* allocate = "scalable_malloc";
  static constexpr const char* allocate_zeroed = "scalable_calloc";
  static constexpr const char* free = "scalable_free";
};
using TbbPeer = LibraryPeer<Tbb>;

static_assert(Keeps<TbbPeer>);

}  // namespace rarena::bench
