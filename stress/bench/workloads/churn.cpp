// churn: one thread replaces one of many objects of 16 to 255 bytes, which fill 45 % of the memory, at random: all of them live
// for about as long. The amount is the memory in bytes.
#include "bench/peers.hpp"
#include "bench/workloads.hpp"
#include "bench/workloads/random_objects.hpp"

namespace rarena::bench {

namespace {

struct AnyOne {
  std::size_t operator()(auto& objects) const { return objects.random().below(objects.size()); }
};

template <class P>
using Churn = Replacing<P, AnyOne>;

}  // namespace

void add_churn(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>)
      suite.add<Churn<P>>("churn", {"bytes", {std::int64_t{256} << 10U, std::int64_t{4} << 20U, std::int64_t{64} << 20U}});
  });
}

}  // namespace rarena::bench
