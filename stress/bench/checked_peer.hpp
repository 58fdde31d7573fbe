// Checked: a peer whose blocks are known. A block that overlaps a live one, and the end of one that is not live, is Broken;
// what a reset ends is looked at first.
//
// Thread safety: that of the peer.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "bench/blocks.hpp"

namespace rarena::bench {

template <Peer P>
class Checked {
 public:
  using Block = typename P::Block;
  static constexpr auto name = P::name;
  static constexpr bool threads = P::threads;
  static constexpr bool stays = P::stays;
  static constexpr bool bounded = P::bounded;

  explicit Checked(std::size_t bytes) : peer_(bytes) {}

  Block allocate(std::size_t size) { return note(peer_.allocate(size)); }
  Block allocate_zeroed(std::size_t size)
    requires Zeroes<P>
  {
    return note(peer_.allocate_zeroed(size));
  }
  void free(Block& block)
    requires Frees<P>
  {
    {
      const std::scoped_lock guard(mutex_);
      if (live_.erase(block.memory) == 0) throw Broken("a block is freed that is not live");
    }
    peer_.free(block);
  }
  void reset()
    requires Resets<P>
  {
    {
      const std::scoped_lock guard(mutex_);
      for (const auto& [memory, known] : live_) check_paint(memory, known.size);
      live_.clear();
    }
    peer_.reset();
  }
  auto* resource()
    requires HasResource<P>
  {
    return peer_.resource();
  }
  auto position()
    requires Rewinds<P>
  {
    const std::scoped_lock guard(mutex_);
    return std::pair(peer_.position(), made_);
  }
  template <class Position>
  void rewind(Position position)
    requires Rewinds<P>
  {
    {
      const std::scoped_lock guard(mutex_);
      std::erase_if(live_, [&](const auto& entry) {
        const auto& [memory, known] = entry;
        if (known.number < position.second) return false;
        check_paint(memory, known.size);
        return true;
      });
    }
    peer_.rewind(position.first);
  }

 private:
  Block note(Block block) {
    if (block.memory == nullptr) return block;
    const std::scoped_lock guard(mutex_);
    const auto above = live_.lower_bound(block.memory);
    const bool below_is_free =
        above == live_.begin() || std::prev(above)->first + std::prev(above)->second.size <= block.memory;
    const bool above_is_free = above == live_.end() || block.memory + block.size <= above->first;
    if (P::stays && (!below_is_free || !above_is_free)) throw Broken("a block overlaps a live one");
    live_.insert_or_assign(block.memory, Known{block.size, made_++});
    return block;
  }

  struct Known {
    std::size_t size;
    std::uint64_t number;  // blocks that were made before it
  };

  P peer_;
  std::mutex mutex_;
  std::map<std::byte*, Known> live_;
  std::uint64_t made_ = 0;
};

}  // namespace rarena::bench
