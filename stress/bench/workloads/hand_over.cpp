// hand_over: of every two threads one allocates blocks of 64 bytes, and the other one frees them: the producer and the consumer
// of the literature. An operation is an allocation or a free. They are handed over in lots of 256, at most 16 of which wait.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "bench/peers.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

// Of two threads; who waits computes nothing.
template <class Lot>
class Channel {
 public:
  // false: the other side has ended.
  bool give(Lot lot) {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return waiting_.size() < most || ended_; });
    if (ended_) return false;
    waiting_.push_back(std::move(lot));
    changed_.notify_one();
    return true;
  }
  // Empty: the other side has ended.
  Lot take() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return !waiting_.empty() || ended_; });
    if (waiting_.empty()) return {};
    Lot lot = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_one();
    return lot;
  }
  void end() {
    const std::scoped_lock guard(mutex_);
    ended_ = true;
    changed_.notify_one();
  }
  // What nobody took; both sides have ended.
  std::deque<Lot>& left() { return waiting_; }

 private:
  static constexpr std::size_t most = 16;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Lot> waiting_;
  bool ended_ = false;
};

template <class P>
class HandOver {
 public:
  using Peer = P;
  using Lot = std::vector<typename P::Block>;
  static constexpr std::int64_t batch = 4096;

  explicit HandOver(const Settings& settings)
      : size_(settings.amount), peer_(std::size_t{4} << 20U), channels_(static_cast<std::size_t>(settings.threads) / 2) {}
  ~HandOver() {
    for (Channel<Lot>& channel : channels_)
      for (Lot& lot : channel.left()) drop_all(peer_, lot);
  }
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;

  class Worker {
   public:
    Worker(HandOver& work, int number)
        : peer_(work.peer_), channel_(work.channels_[static_cast<std::size_t>(number) / 2]), size_(work.size_),
          produces_(number % 2 == 0) {
      lot_.reserve(in_lot);
    }
    ~Worker() {
      channel_.end();
      drop_all(peer_, lot_);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void operation() {
      if (produces_)
        produce();
      else
        consume();
    }

   private:
    static constexpr std::size_t in_lot = 256;

    void produce() {
      lot_.push_back(make(peer_, size_));
      if (lot_.size() < in_lot) return;
      if (!channel_.give(std::exchange(lot_, Lot()))) throw std::runtime_error("the other thread has ended");
      lot_.reserve(in_lot);
    }
    void consume() {
      if (lot_.empty()) lot_ = channel_.take();
      if (lot_.empty()) throw std::runtime_error("the other thread has ended");
      drop(peer_, lot_.back());
      lot_.pop_back();
    }

    P& peer_;
    Channel<Lot>& channel_;
    std::size_t size_;
    bool produces_;
    Lot lot_;
  };

 private:
  std::size_t size_;
  P peer_;
  std::vector<Channel<Lot>> channels_;
};

}  // namespace

void add_hand_over(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (Keeps<P> && P::threads) suite.add<HandOver<P>>("hand_over", {"bytes", {64}}, {2, 4});
  });
}

}  // namespace rarena::bench
