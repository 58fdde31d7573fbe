// larson, after Larson and Krishnan: each thread replaces random objects of 16 to 499 bytes of a set, and after 1,024 of them
// leaves the set to another thread and takes one that was left, as the threads of a server do. The amount is the number of
// objects of a set; there are two sets for each thread.
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "bench/peers.hpp"
#include "bench/workloads.hpp"
#include "shared/random.hpp"

namespace rarena::bench {

namespace {

template <class P>
class Larson {
 public:
  using Peer = P;
  using Set = std::vector<typename P::Block>;
  static constexpr std::int64_t batch = 4096;

  explicit Larson(const Settings& settings)
      : peer_(settings.amount * static_cast<std::size_t>(settings.threads) * 2 * 1280 + (1U << 16U)) {
    stress::Random random(1);
    for (int i = 0; i < 2 * settings.threads; ++i) {
      Set set;
      while (set.size() < settings.amount) set.push_back(make(peer_, any_size(random)));
      left_.push_back(std::move(set));
    }
  }
  ~Larson() {
    for (Set& set : left_) drop_all(peer_, set);
  }
  Larson(const Larson&) = delete;
  Larson& operator=(const Larson&) = delete;

  class Worker {
   public:
    Worker(Larson& work, int number)
        : work_(work), random_(2, 0, static_cast<std::uint64_t>(number)), set_(work.exchange({})) {}
    ~Worker() { work_.leave(std::move(set_)); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void operation() {
      if (++count_ % 1024 == 0) set_ = work_.exchange(std::move(set_));
      auto& object = set_[random_.below(set_.size())];
      if (object.memory != nullptr) drop(work_.peer_, object);
      object = {};
      object = make(work_.peer_, any_size(random_));
    }

   private:
    Larson& work_;
    stress::Random random_;
    Set set_;
    std::size_t count_ = 0;
  };

 private:
  static std::size_t any_size(stress::Random& random) { return 16 + random.below(484); }

  void leave(Set set) {
    const std::scoped_lock guard(mutex_);
    left_.push_back(std::move(set));
  }
  Set exchange(Set set) {
    const std::scoped_lock guard(mutex_);
    if (!set.empty()) left_.push_back(std::move(set));
    Set taken = std::move(left_.front());
    left_.pop_front();
    return taken;
  }

  P peer_;
  std::mutex mutex_;
  std::deque<Set> left_;
};

}  // namespace

void add_larson(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P>) suite.add<Larson<P>>("larson", {"objects", {1'000}}, {1, 2, 4});
  });
}

}  // namespace rarena::bench
