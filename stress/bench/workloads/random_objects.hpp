// What several workloads have in common: objects of 16 to 255 bytes, until they fill 45 % of the memory. Whatever the peer, the
// requests are the same.
//
// Thread safety: one thread at a time.
#pragma once

#include <vector>

#include "bench/blocks.hpp"
#include "shared/random.hpp"

namespace rarena::bench {

template <class P>
class RandomObjects {
 public:
  RandomObjects(P& peer, std::size_t bytes) : peer_(peer) {
    for (std::size_t live = 0; live < bytes / 100 * 45;) {
      const std::size_t size = any_size();
      blocks_.push_back(make(peer_, size));
      live += size;
    }
  }
  ~RandomObjects() { drop_all(peer_, blocks_); }
  RandomObjects(const RandomObjects&) = delete;
  RandomObjects& operator=(const RandomObjects&) = delete;

  std::size_t size() const { return blocks_.size(); }
  stress::Random& random() { return random_; }

  // One free and one allocation.
  void replace(std::size_t at) {
    auto& block = blocks_[at];
    drop(peer_, block);
    block = {};
    block = make(peer_, any_size());
  }

 private:
  std::size_t any_size() { return 16 + random_.below(240); }

  P& peer_;
  stress::Random random_{1};
  std::vector<typename P::Block> blocks_;
};

// A workload of one thread that replaces one of them at a time, which `Choose` says. In the end an arena has come to the end of
// its memory.
template <class P, class Choose>
class Replacing {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 32768;

  explicit Replacing(const Settings& settings) : peer_(settings.amount), objects_(peer_, settings.amount) {
    for (std::size_t i = 0; i < 2 * objects_.size(); ++i) replace();
  }

  void replace() { objects_.replace(choose_(objects_)); }

  struct Worker {
    Worker(Replacing& work, int) : replacing(work) {}
    void operation() { replacing.replace(); }
    Replacing& replacing;
  };

 private:
  P peer_;
  RandomObjects<P> objects_;
  Choose choose_;
};

}  // namespace rarena::bench
