// threadtest, after Hoard's: each thread allocates a thousand objects of 64 bytes, and frees all of them, again and again. An
// operation is one of the two. The amount is the number of objects of a thread.
#include <vector>

#include "bench/peers.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Threadtest {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 4000;

  explicit Threadtest(const Settings& settings)
      : objects_(settings.amount),
        peer_(settings.amount * static_cast<std::size_t>(settings.threads) * size * 4 + (1U << 16U)) {}

  class Worker {
   public:
    Worker(Threadtest& work, int) : peer_(work.peer_), objects_(work.objects_) { live_.reserve(objects_); }
    ~Worker() { drop_all(peer_, live_); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void operation() {
      if (freed_ == live_.size() && freed_ == objects_) {
        live_.clear();
        freed_ = 0;
      }
      if (live_.size() < objects_) {
        live_.push_back(make(peer_, size));
      } else {
        drop(peer_, live_[freed_]);
        live_[freed_++] = {};
      }
    }

   private:
    P& peer_;
    std::size_t objects_;
    std::size_t freed_ = 0;
    std::vector<typename P::Block> live_;
  };

 private:
  static constexpr std::size_t size = 64;

  std::size_t objects_;
  P peer_;
};

}  // namespace

void add_threadtest(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>) suite.add<Threadtest<P>>("threadtest", {"objects", {1'000}}, {1, 2, 4});
  });
}

}  // namespace rarena::bench
