// ping: each thread has four objects of 64 bytes, and replaces the oldest. What is freed is never what was allocated last, so
// in an arena it comes from the freelist as soon as the cursor has been at the end. The amount is the memory in bytes.
#include <vector>

#include "bench/peers.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Ping {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 4096;

  explicit Ping(const Settings& settings) : peer_(settings.amount) {}

  class Worker {
   public:
    Worker(Ping& ping, int) : peer_(ping.peer_) {
      while (objects_.size() < objects) objects_.push_back(make(peer_, size));
    }
    ~Worker() { drop_all(peer_, objects_); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void operation() {
      auto& oldest = objects_[count_++ % objects];
      drop(peer_, oldest);
      oldest = {};
      oldest = make(peer_, size);
    }

   private:
    static constexpr std::size_t objects = 4;
    static constexpr std::size_t size = 64;

    P& peer_;
    std::vector<typename P::Block> objects_;
    std::size_t count_ = 0;
  };

 private:
  P peer_;
};

}  // namespace

void add_ping(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>) suite.add<Ping<P>>("ping", {"bytes", {std::int64_t{64} << 10U}}, {1, 2, 4});
  });
}

}  // namespace rarena::bench
