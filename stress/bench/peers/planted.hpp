// A peer with a known bug, which the checks of every workload must find, or which must be reported. Only in builds with
// assertions, and only when the program is asked for it.
#pragma once

#include <array>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/peer.hpp"

namespace rarena::bench {

// What it does to one allocation in sixteen.
enum class Planted {
  none,
  twice,     // gives out a block that is live
  small,     // gives out fewer bytes than were asked for, and says so
  scribble,  // writes to a block that is live
  dirty,     // a zeroed block has a byte that is not zero
  refuse,    // gives out nothing
};

class PlantedPeer {
 public:
  using Block = bench::Block;
  static constexpr std::string_view name = "planted";
  static constexpr std::array<std::pair<std::string_view, Planted>, 5> bugs = {{{"twice", Planted::twice},
                                                                                {"small", Planted::small},
                                                                                {"scribble", Planted::scribble},
                                                                                {"dirty", Planted::dirty},
                                                                                {"refuse", Planted::refuse}}};
  static constexpr bool threads = true;
  static constexpr bool stays = true;
  static constexpr bool bounded = false;
  static inline Planted planted = Planted::none;

  explicit PlantedPeer(std::size_t) {
    if (planted == Planted::none) throw std::runtime_error("not asked for");
  }

  Block allocate(std::size_t size) { return bad(size, false); }
  Block allocate_zeroed(std::size_t size) { return bad(size, true); }
  void free(const Block& block) {
    const std::scoped_lock guard(mutex_);
    if (block.memory == last_.memory) last_ = {};
    std::free(block.memory);
  }

 private:
  Block bad(std::size_t size, bool zeroed) {
    const std::scoped_lock guard(mutex_);
    Block block{static_cast<std::byte*>(std::calloc(1, size)), size};
    if (++count_ % 16 == 0) {
      if (planted == Planted::twice && last_.memory != nullptr) std::swap(block, last_);
      if (planted == Planted::small) block.size = size - 1;
      if (planted == Planted::scribble && last_.memory != nullptr) last_.memory[last_.size - 1] ^= std::byte{1};
      if (planted == Planted::dirty && zeroed) block.memory[size / 2] = std::byte{1};
      if (planted == Planted::refuse) {
        std::free(block.memory);
        return {};
      }
    }
    return last_ = block;
  }

  std::mutex mutex_;
  Block last_;
  unsigned count_ = 0;
};

static_assert(Keeps<PlantedPeer> && !Resets<PlantedPeer>);

}  // namespace rarena::bench
