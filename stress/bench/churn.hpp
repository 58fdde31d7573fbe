// Churn: many small objects of one thread that come and go at random, all of them live for about as long.
//
// Thread safety: one thread.
#pragma once

#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/peer.hpp"
#include "shared/random.hpp"

namespace rarena::bench {

// Holds objects of 16 to 255 bytes that fill 45 % of so many bytes. Whatever the peer, the requests are the same.
template <Peer P>
class Churn {
 public:
  explicit Churn(std::size_t bytes) : peer_(bytes), random_(1) {
    for (std::size_t live = 0; live < bytes / 100 * 45;) {
      objects_.push_back(make());
      live += objects_.back().size;
    }
    // By then an arena has come to the end of its memory.
    for (std::size_t i = 0; i < 4 * objects_.size(); ++i) replace();
  }
  ~Churn() {
    for (const Block& object : objects_) peer_.free(object);
  }
  Churn(const Churn&) = delete;
  Churn& operator=(const Churn&) = delete;

  // One free and one allocation.
  void replace() {
    Block& object = objects_[random_.below(objects_.size())];
    peer_.free(object);
    object = make();
  }

 private:
  Block make() {
    const std::size_t size = 16 + random_.below(240);
    const Block block = peer_.allocate(size);
    if (block.memory == nullptr) throw std::runtime_error("refused");
    block.memory[0] = block.memory[size - 1] = std::byte{1};
    return block;
  }

  P peer_;
  stress::Random random_;
  std::vector<Block> objects_;
};

}  // namespace rarena::bench
