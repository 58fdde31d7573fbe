// rewind: a block of 64 bytes is allocated, and everything since is given up at once: an arena goes back to where it was, the
// others to their beginning. Nothing is ever freed. The amount is the memory in bytes.
// rewind_below, rewind_topmost, rewind_above: the same above free segments, whose number is the amount. Below them nothing
// changes; what is freed above them goes to the cursor, to the freelist, or there is nothing.
// clear: a block is allocated, and everything is given up, in an arena that has a freelist.
#include "bench/peers.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

constexpr std::size_t rewound_size = 64;

enum class GivenUp : std::uint8_t { since, everything };

template <class P, GivenUp given_up>
class Rewind {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 1024;

  explicit Rewind(const Settings& settings) : peer_(settings.amount) {}

  class Worker {
   public:
    Worker(Rewind& work, int) : peer_(work.peer_) {}
    void operation() {
      if constexpr (given_up == GivenUp::since) {
        const auto position = peer_.position();
        make(peer_, rewound_size);
        peer_.rewind(position);
      } else {
        make(peer_, rewound_size);
        peer_.reset();
      }
    }

   private:
    P& peer_;
  };

 private:
  P peer_;
};

enum class Above : std::uint8_t { nothing, topmost, listed };

template <class P, Above freed>
class RewindOverSegments {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = freed == Above::listed ? 16 : 1024;

  explicit RewindOverSegments(const Settings& settings) : peer_(settings.amount * 128 + (std::size_t{1} << 20U)) {
    std::vector<typename P::Block> freed_below;
    for (std::size_t i = 0; i < settings.amount; ++i) {
      freed_below.push_back(make(peer_, 32 + i * 37 % 64));
      live_.push_back(make(peer_, 16));
    }
    for (auto& block : freed_below) drop(peer_, block);
  }
  ~RewindOverSegments() {
    if constexpr (checking) drop_all(peer_, live_);
  }
  RewindOverSegments(const RewindOverSegments&) = delete;
  RewindOverSegments& operator=(const RewindOverSegments&) = delete;

  class Worker {
   public:
    Worker(RewindOverSegments& work, int) : peer_(work.peer_) {}
    void operation() {
      const auto position = peer_.position();
      if constexpr (freed != Above::nothing) {
        auto block = make(peer_, rewound_size);
        if constexpr (freed == Above::listed) make(peer_, rewound_size);
        drop(peer_, block);
      }
      make(peer_, rewound_size);
      peer_.rewind(position);
    }

   private:
    P& peer_;
  };

 private:
  P peer_;
  std::vector<typename P::Block> live_;
};

// The largest arena has less than 4 GiB.
constexpr std::int64_t rewound_most = (std::int64_t{4} << 30U) - (std::int64_t{1} << 16U);

}  // namespace

void add_rewind(Suite& suite) {
  const Amounts memory{"bytes", {std::int64_t{1} << 20U, rewound_most}};
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Rewinds<P>)
      suite.add<Rewind<P, GivenUp::since>>("rewind", memory);
    else if constexpr (Resets<P> && !Frees<P>)
      suite.add<Rewind<P, GivenUp::everything>>("rewind", memory);
    if constexpr (Rewinds<P> && Frees<P>) {
      const Amounts segments{"segments", {100, 10'000, 100'000}};
      suite.add<RewindOverSegments<P, Above::nothing>>("rewind_below", segments);
      suite.add<RewindOverSegments<P, Above::topmost>>("rewind_topmost", segments);
      suite.add<RewindOverSegments<P, Above::listed>>("rewind_above", segments);
      suite.add<Rewind<P, GivenUp::everything>>("clear", memory);
    }
  });
}

}  // namespace rarena::bench
