// mixed, after the shbench of MicroQuill: each thread allocates objects of 8 to 1,000 bytes, of which small ones are many, and
// whenever it has 512 of them frees the newest 128, the last one first, and the oldest 128. An operation is an allocation and a
// free. The amount is how many objects a thread has at most.
#include <algorithm>
#include <deque>

#include "bench/peers.hpp"
#include "bench/workloads.hpp"
#include "shared/random.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Mixed {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 4096;

  explicit Mixed(const Settings& settings)
      : most_(settings.amount), peer_(settings.amount * static_cast<std::size_t>(settings.threads) * 1024 + (1U << 16U)) {}

  class Worker {
   public:
    Worker(Mixed& work, int number)
        : peer_(work.peer_), most_(work.most_), random_(1, 0, static_cast<std::uint64_t>(number)), sizes_(4096) {
      std::generate(sizes_.begin(), sizes_.end(), [this] { return random_.magnitude(8, 1000); });
    }
    ~Worker() {
      std::vector<typename P::Block> left;
      std::move(live_.begin(), live_.end(), std::back_inserter(left));
      drop_all(peer_, left);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void operation() {
      if (live_.size() == most_) free_some();
      live_.push_back(make(peer_, sizes_[count_++ % sizes_.size()]));
    }

   private:
    void free_some() {
      for (std::size_t i = 0; i < most_ / 4; ++i) {
        drop(peer_, live_.back());
        live_.pop_back();
        drop(peer_, live_.front());
        live_.pop_front();
      }
    }

    P& peer_;
    std::size_t most_;
    stress::Random random_;
    std::vector<std::size_t> sizes_;  // made before, because a logarithm takes longer than an allocation
    std::deque<typename P::Block> live_;
    std::size_t count_ = 0;
  };

 private:
  std::size_t most_;
  P peer_;
};

}  // namespace

void add_mixed(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>) suite.add<Mixed<P>>("mixed", {"objects", {512}}, {1, 2, 4});
  });
}

}  // namespace rarena::bench
