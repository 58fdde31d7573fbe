// Peer: what the arena is compared with, behind one contract. Each is a file of peers/.
//
//   Peer(bytes)     a peer with a memory of its own has so many bytes; the others take no notice. Throws std::runtime_error
//                   where it is not to be had on this machine
//   allocate(size)  memory == nullptr: refused. The block is what is given back
//   free(block)
//   name            for tables
//
// Thread safety: that of the peer.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace rarena::bench {

struct Block {
  std::byte* memory = nullptr;
  std::size_t size = 0;  // of `memory`, at least what was asked for
};

template <class P>
concept Peer = std::constructible_from<P, std::size_t> && requires(P& peer, std::size_t size, const Block& block) {
  { peer.allocate(size) } -> std::same_as<Block>;
  { peer.free(block) } -> std::same_as<void>;
  { P::name } -> std::convertible_to<std::string_view>;
};

}  // namespace rarena::bench
