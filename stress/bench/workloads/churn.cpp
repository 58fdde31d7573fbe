// churn: one thread replaces one of many objects of 16 to 255 bytes, which fill 45 % of the memory, at random: all of them live
// for about as long. The amount is the memory in bytes.
#include "bench/peers.hpp"
#include "bench/workloads.hpp"
#include "bench/workloads/random_objects.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Churn {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 32768;

  // In the end an arena has come to the end of its memory.
  explicit Churn(const Settings& settings) : peer_(settings.amount), objects_(peer_, settings.amount) {
    for (std::size_t i = 0; i < 2 * objects_.size(); ++i) replace();
  }

  void replace() { objects_.replace(objects_.random().below(objects_.size())); }

  struct Worker {
    Worker(Churn& work, int) : churn(work) {}
    void operation() { churn.replace(); }
    Churn& churn;
  };

 private:
  P peer_;
  RandomObjects<P> objects_;
};

}  // namespace

void add_churn(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>)
      suite.add<Churn<P>>("churn", {"bytes", {std::int64_t{256} << 10U, std::int64_t{4} << 20U, std::int64_t{64} << 20U}});
  });
}

}  // namespace rarena::bench
