// map: a std::pmr::map of numbers loses a random key and gets a new one. The amount is the number of its keys.
#include <map>
#include <vector>

#include "bench/peers.hpp"
#include "bench/resource.hpp"
#include "bench/workloads.hpp"
#include "shared/random.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Map {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = 4096;

  explicit Map(const Settings& settings) : peer_(settings.amount * 256 + (std::size_t{1} << 16U)) {
    while (keys_.size() < settings.amount) add();
  }

  struct Worker {
    Worker(Map& work, int) : map(work) {}
    void operation() { map.replace(); }
    Map& map;
  };

 private:
  void add() {
    keys_.push_back(random_.next());
    map_.emplace(keys_.back(), ~keys_.back());
  }
  void replace() {
    std::uint64_t& key = keys_[random_.below(keys_.size())];
    const auto at = map_.find(key);
    if constexpr (checking)
      if (at == map_.end() || at->second != ~key) throw Broken("a live block has changed");
    map_.erase(at);
    key = random_.next();
    map_.emplace(key, ~key);
  }

  P peer_;
  ResourceOf<P> resource_{peer_};
  stress::Random random_{1};
  std::vector<std::uint64_t> keys_;
  std::pmr::map<std::uint64_t, std::uint64_t> map_{resource_.get()};
};

}  // namespace

void add_map(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (ServesContainers<P> && Keeps<P>) suite.add<Map<P>>("map", {"keys", {1'000, 100'000}});
  });
}

}  // namespace rarena::bench
