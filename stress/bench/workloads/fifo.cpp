// fifo: a queue of objects of 16 to 255 bytes, which fill 45 % of the memory; the oldest is freed, and one is allocated. The
// amount is the memory in bytes.
#include "bench/peers.hpp"
#include "bench/workloads.hpp"
#include "bench/workloads/random_objects.hpp"

namespace rarena::bench {

namespace {

struct Oldest {
  std::size_t operator()(const auto& objects) { return next++ % objects.size(); }
  std::size_t next = 0;
};

template <class P>
using Fifo = Replacing<P, Oldest>;

}  // namespace

void add_fifo(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>) suite.add<Fifo<P>>("fifo", {"bytes", {std::int64_t{1} << 20U, std::int64_t{64} << 20U}});
  });
}

}  // namespace rarena::bench
