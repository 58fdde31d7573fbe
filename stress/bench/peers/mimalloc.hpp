// mimalloc of Microsoft: free lists per page of one size. Debian package libmimalloc2.0.
#pragma once

#include "bench/peers/library_peer.hpp"

namespace rarena::bench {

struct Mimalloc {
  static constexpr std::string_view name = "mimalloc";
  static constexpr const char* file = "libmimalloc.so.2";
  static constexpr const char* allocate = "mi_malloc";
  static constexpr const char* allocate_zeroed = "mi_calloc";
  static constexpr const char* free = "mi_free";
};
using MimallocPeer = LibraryPeer<Mimalloc>;

static_assert(Keeps<MimallocPeer>);

}  // namespace rarena::bench
