// malloc of the C library.
#pragma once

#include <cstdlib>

#include "bench/peer.hpp"

namespace rarena::bench {

class GlibcPeer {
 public:
  using Block = bench::Block;
  static constexpr std::string_view name = "glibc";
  static constexpr bool threads = true;
  static constexpr bool stays = true;
  static constexpr bool bounded = false;

  explicit GlibcPeer(std::size_t) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(std::malloc(size)), size}; }
  Block allocate_zeroed(std::size_t size) { return {static_cast<std::byte*>(std::calloc(1, size)), size}; }
  void free(const Block& block) { std::free(block.memory); }
};

static_assert(Keeps<GlibcPeer>);

}  // namespace rarena::bench
