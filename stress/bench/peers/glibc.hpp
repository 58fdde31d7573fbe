// malloc of the C library.
#pragma once

#include <cstdlib>

#include "bench/peer.hpp"

namespace rarena::bench {

class GlibcPeer {
 public:
  static constexpr std::string_view name = "glibc";

  explicit GlibcPeer(std::size_t) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(std::malloc(size)), size}; }
  void free(const Block& block) { std::free(block.memory); }
};

static_assert(Peer<GlibcPeer>);

}  // namespace rarena::bench
