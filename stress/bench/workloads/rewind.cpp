// rewind: a block of 64 bytes is allocated, and everything since is given up at once: an arena goes back to where it was, the
// others to their beginning. Nothing is ever freed. The amount is the memory in bytes.
#include "bench/peers.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Rewind {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 1024;

  explicit Rewind(const Settings& settings) : peer_(settings.amount) {}

  class Worker {
   public:
    Worker(Rewind& work, int) : peer_(work.peer_) {}
    void operation() {
      if constexpr (Rewinds<P>) {
        const auto position = peer_.position();
        make(peer_, size);
        peer_.rewind(position);
      } else {
        make(peer_, size);
        peer_.reset();
      }
    }

   private:
    static constexpr std::size_t size = 64;

    P& peer_;
  };

 private:
  P peer_;
};

// The largest arena has less than 4 GiB.
constexpr std::int64_t rewound_most = (std::int64_t{4} << 30U) - (std::int64_t{1} << 16U);

}  // namespace

void add_rewind(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Rewinds<P> || (Resets<P> && !Frees<P>))
      suite.add<Rewind<P>>("rewind", {"bytes", {std::int64_t{1} << 20U, rewound_most}});
  });
}

}  // namespace rarena::bench
