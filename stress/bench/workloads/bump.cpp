// bump, bump_zeroed: blocks of 64 bytes that are allocated and not freed, as the cursor gives them. The amount is how many a
// thread allocates until all threads rest and everything is given up, which is not timed: at once where the peer can reset, one
// by one elsewhere. In bump no block is touched, so that nothing but the call is seen.
#include <memory>
#include <utility>
#include <vector>

#include "bench/peers.hpp"
#include "bench/rendezvous.hpp"
#include "bench/workloads.hpp"

namespace rarena::bench {

namespace {

constexpr std::size_t bumped_size = 64;
// Long enough for threads to meet, which begin a batch one after the other.
constexpr std::int64_t bumped_blocks = checking ? 4096 : 32768;

template <class P, Fill fill>
class Bump {
 public:
  using Peer = P;
  static constexpr std::int64_t batch = bumped_blocks;

  // An arena has a header and an index; an alignment may cost as much as a block has.
  explicit Bump(const Settings& settings)
      : peer_(settings.amount * static_cast<std::size_t>(settings.threads) * bumped_size * 5 / 4 + (std::size_t{1} << 16U)),
        rendezvous_(settings.threads, [this] { give_up(); }) {}

  class Worker {
   public:
    Worker(Bump& bump, int) : peer_(bump.peer_), member_(bump.rendezvous_) { blocks_.reserve(bumped_blocks); }
    ~Worker() {
      if constexpr (!Resets<P>) drop_all(peer_, blocks_);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void operation() {
      if constexpr (fill == Fill::zero)
        blocks_.push_back(make_zeroed(peer_, bumped_size));
      else
        blocks_.push_back(make<Touch::no>(peer_, bumped_size));
      // Timed, so that wall time has it if threads run one after the other.
      if (blocks_.size() == bumped_blocks) member_.meet();
    }
    void between() {
      member_.wait();
      if constexpr (!Resets<P>) {
        for (auto& block : blocks_) drop(peer_, block);
        member_.wait();
      }
      blocks_.clear();
    }

   private:
    P& peer_;
    Rendezvous::Member member_;
    std::vector<typename P::Block> blocks_;
  };

 private:
  void give_up() try {
    if constexpr (Resets<P>) peer_.reset();
  } catch (const std::exception& error) {
    note(error);
  }

  P peer_;
  Rendezvous rendezvous_;
};

}  // namespace

void add_bump(Suite& suite) {
  for_each_peer([&]<class P>(std::type_identity<P>) {
    if constexpr (P::stays && (Frees<P> || Resets<P>)) {
      suite.add<Bump<P, Fill::none>>("bump", {"blocks", {bumped_blocks}}, {1, 2, 4});
      suite.add<Bump<P, Fill::zero>>("bump_zeroed", {"blocks", {bumped_blocks}}, {1, 2, 4});
    }
  });
}

}  // namespace rarena::bench
