// top: each thread allocates a block of 64 bytes and frees it at once; one thread of an arena gives it back to the cursor.
#include "bench/peers.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Top {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 4096;

  explicit Top(const Settings& settings) : size_(settings.amount), peer_(std::size_t{1} << 20U) {}

  class Worker {
   public:
    Worker(Top& top, int) : peer_(top.peer_), size_(top.size_) {}
    void operation() {
      auto block = make(peer_, size_);
      drop(peer_, block);
    }

   private:
    P& peer_;
    std::size_t size_;
  };

 private:
  std::size_t size_;
  P peer_;
};

}  // namespace

void add_top(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Frees<P>) suite.add<Top<P>>("top", {"bytes", {64}}, {1, 2, 4});
  });
}

}  // namespace rarena::bench
