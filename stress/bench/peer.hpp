// Peer: what the arena is compared with, behind one contract. Each is a file of peers/; peers.hpp lists them.
//
//   Peer(bytes)       a peer with a memory of its own has so many bytes; the others take no notice. Throws std::runtime_error
//                     where it is not to be had on this machine
//   allocate(size)    a Block, which is what is given back; memory == nullptr: refused
//   name              short, of small letters, digits and hyphens
//   threads           whether several threads may use it at a time, and free what another one has allocated
//   stays             whether a block stays where it is while others come and go
//   bounded           whether it has no more than the bytes that it was made with
//
// What not every peer can: free(block); reset(), which gives up everything at once; allocate_zeroed(size); resource(), a
// std::pmr::memory_resource of its own; position() and rewind(position), which gives up what was allocated since.
//
// Thread safety: that of the peer.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace rarena::bench {

// What most peers give out.
struct Block {
  std::byte* memory = nullptr;
  std::size_t size = 0;  // of `memory`, at least what was asked for
};

template <class P>
concept Peer = std::constructible_from<P, std::size_t> && std::movable<typename P::Block> &&
               requires(P& peer, std::size_t size, typename P::Block& block) {
                 { peer.allocate(size) } -> std::same_as<typename P::Block>;
                 { block.memory } -> std::convertible_to<std::byte*>;
                 { block.size } -> std::convertible_to<std::size_t>;
                 { P::name } -> std::convertible_to<std::string_view>;
                 { P::threads } -> std::convertible_to<bool>;
                 { P::stays } -> std::convertible_to<bool>;
                 { P::bounded } -> std::convertible_to<bool>;
               };

template <class P>
concept Frees = Peer<P> && requires(P& peer, typename P::Block& block) { peer.free(block); };
template <class P>
concept Resets = Peer<P> && requires(P& peer) { peer.reset(); };
template <class P>
concept Zeroes = Peer<P> && requires(P& peer, std::size_t size) { peer.allocate_zeroed(size); };
template <class P>
concept HasResource = Peer<P> && requires(P& peer) { peer.resource(); };
template <class P>
concept Rewinds = Peer<P> && requires(P& peer) { peer.rewind(peer.position()); };

// What most workloads want.
template <class P>
concept Keeps = Frees<P> && P::stays;

}  // namespace rarena::bench
