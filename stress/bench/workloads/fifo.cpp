// fifo: a queue of objects of 16 to 255 bytes, which fill 45 % of the memory; the oldest is freed, and one is allocated. The
// amount is the memory in bytes.
#include "bench/peers.hpp"
#include "bench/workloads.hpp"
#include "bench/workloads/random_objects.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Fifo {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 32768;

  // In the end an arena has come to the end of its memory.
  explicit Fifo(const Settings& settings) : peer_(settings.amount), objects_(peer_, settings.amount) {
    for (std::size_t i = 0; i < 2 * objects_.size(); ++i) replace();
  }

  void replace() {
    objects_.replace(oldest_);
    if (++oldest_ == objects_.size()) oldest_ = 0;
  }

  struct Worker {
    Worker(Fifo& work, int) : fifo(work) {}
    void operation() { fifo.replace(); }
    Fifo& fifo;
  };

 private:
  P peer_;
  RandomObjects<P> objects_;
  std::size_t oldest_ = 0;
};

}  // namespace

void add_fifo(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>) suite.add<Fifo<P>>("fifo", {"bytes", {std::int64_t{1} << 20U, std::int64_t{64} << 20U}});
  });
}

}  // namespace rarena::bench
