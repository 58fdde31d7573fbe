// What workloads do with blocks. In a build with assertions all of them are checked: every block is painted when it is
// allocated, and looked at before it is freed (checked_peer.hpp says what else). As a user builds it nothing is checked, and a
// block is touched where a workload says so.
//
// Thread safety: that of the peer.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <vector>

#include "bench/peer.hpp"

namespace rarena::bench {

#ifdef NDEBUG
inline constexpr bool checking = false;
#else
inline constexpr bool checking = true;
#endif

// A peer has no room: it is reported, and counts as nothing.
struct Refused : std::runtime_error {
  Refused() : runtime_error("refused") {}
};

// A peer does what no allocator may do.
struct Broken : std::runtime_error {
  using runtime_error::runtime_error;
};

// Says what is Broken, the first ten times, and counts it; of other errors the benchmark has the word.
void note(const std::exception& error);
int broken();

// By address, so that a block that overlaps another one changes it.
inline std::byte painted_byte(const std::byte* at) {
  return static_cast<std::byte>((reinterpret_cast<std::uintptr_t>(at) * 0x9e3779b97f4a7c15U + 1) >> 56U);
}

inline void paint(std::byte* memory, std::size_t size) {
  for (std::byte* at = memory; at != memory + size; ++at) *at = painted_byte(at);
}

inline void check_paint(const std::byte* memory, std::size_t size) {
  for (const std::byte* at = memory; at != memory + size; ++at)
    if (*at != painted_byte(at)) throw Broken("a live block has changed");
}

enum class Touch : bool { no, yes };

// A block of at least `size` bytes; touched are its first and its last one.
template <Touch touch = Touch::yes, Peer P>
typename P::Block make(P& peer, std::size_t size) {
  typename P::Block block = peer.allocate(size);
  if (block.memory == nullptr) [[unlikely]]
    throw Refused();
  if constexpr (checking) {
    if (block.size < size) throw Broken("a block is smaller than what was asked for");
    paint(block.memory, block.size);
  } else if constexpr (touch == Touch::yes) {
    block.memory[0] = block.memory[size - 1] = std::byte{1};
  }
  benchmark::DoNotOptimize(block.memory);
  return block;
}

// The same of `size` zeros, which the peer makes if it can.
template <Peer P>
typename P::Block make_zeroed(P& peer, std::size_t size) {
  typename P::Block block;
  if constexpr (Zeroes<P>) {
    block = peer.allocate_zeroed(size);
    if (block.memory == nullptr) [[unlikely]]
      throw Refused();
  } else {
    block = peer.allocate(size);
    if (block.memory == nullptr) [[unlikely]]
      throw Refused();
    std::memset(block.memory, 0, size);
  }
  if constexpr (checking) {
    if (block.size < size) throw Broken("a block is smaller than what was asked for");
    if (std::any_of(block.memory, block.memory + size, [](std::byte byte) { return byte != std::byte{0}; }))
      throw Broken("a zeroed block is not zeroed");
    paint(block.memory, block.size);
  }
  benchmark::DoNotOptimize(block.memory);
  return block;
}

template <Frees P>
void drop(P& peer, typename P::Block& block) {
  if constexpr (checking) check_paint(block.memory, block.size);
  peer.free(block);
}

// For destructors: what goes wrong is counted. Empty blocks are none.
template <Frees P>
void drop_all(P& peer, std::vector<typename P::Block>& blocks) noexcept {
  for (typename P::Block& block : blocks) try {
      if (block.memory != nullptr) drop(peer, block);
    } catch (const std::exception& error) {
      note(error);
    }
  blocks.clear();
}

}  // namespace rarena::bench
