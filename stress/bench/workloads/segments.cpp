// segments: an object of 32 to 95 bytes is allocated and freed, with so many free segments of these sizes between live objects,
// and no other room. The amount is the number of free segments.
#include <vector>

#include "bench/peers.hpp"
#include "bench/workloads.hpp"
#include "shared/random.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Segments {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 16384;

  explicit Segments(const Settings& settings) : peer_(settings.amount * 160 + (std::size_t{1} << 20U)) {
    std::vector<typename P::Block> freed;
    for (std::size_t i = 0; i < settings.amount; ++i) {
      live_.push_back(make(peer_, 16));
      freed.push_back(make(peer_, 32 + i * 37 % 64));
    }
    live_.push_back(make(peer_, 16));
    if constexpr (P::bounded) fill();
    for (auto& block : freed) {
      drop(peer_, block);
      block = {};
    }
  }
  // What is in a memory of the peer's own goes with it: in a full arena, each free would look for bytes for its descriptor.
  ~Segments() {
    if (checking || !P::bounded) drop_all(peer_, live_);
  }
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;

  class Worker {
   public:
    Worker(Segments& work, int) : peer_(work.peer_) {}
    void operation() {
      auto block = make(peer_, 32 + random_.below(64));
      drop(peer_, block);
    }

   private:
    P& peer_;
    stress::Random random_{1};
  };

 private:
  // Until there is no room for a byte. Nothing is free yet, so no free segment is taken for it.
  void fill() {
    for (std::size_t size = std::size_t{1} << 20U; size > 0; size /= 2)
      for (;;) {
        auto block = peer_.allocate(size);
        if (block.memory == nullptr) break;
        if constexpr (checking) paint(block.memory, block.size);
        live_.push_back(std::move(block));
      }
  }

  P peer_;
  std::vector<typename P::Block> live_;
};

}  // namespace

void add_segments(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>) {
      Amounts amounts{"segments", {100, 1'000, 10'000, 100'000}};
      // That takes seconds to make: not of every kind of arena.
      if (!P::name.starts_with("arena-")) amounts.values.push_back(1'000'000);
      suite.add<Segments<P>>("segments", amounts);
    }
  });
}

}  // namespace rarena::bench
