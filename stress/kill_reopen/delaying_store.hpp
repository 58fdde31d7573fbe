// DelayingStore: the production store, which now and then yields or sleeps before it writes. A thread is then found in the
// middle of an operation far more often than it would be, so that a kill lands there too.
//
// Thread safety: as AtomicStore; the generator of each thread is its own. Invariants: as AtomicStore: every call is one that
// AtomicStore makes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "core/words/atomic_store.hpp"

namespace rarena::stress {

// The delays of this thread. Before the first seed there are none.
class Delays {
 public:
  static void seed(std::uint64_t seed) { state_ = seed | 1U; }

  static constexpr std::uint32_t seldom = 1024, often = 64;

  // A sleep in 8 of `out_of` cases, a yield in 24.
  static void perhaps(std::uint32_t out_of) {
    if (state_ == 0) return;
    const std::uint32_t chance = draw() % out_of;
    if (chance < 8)
      std::this_thread::sleep_for(std::chrono::microseconds(1 + draw() % 128));
    else if (chance < 32)
      std::this_thread::yield();
  }

 private:
  // Marsaglia, "Xorshift RNGs" (J. Stat. Soft. 8, 2003); the upper half.
  static std::uint32_t draw() {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<std::uint32_t>(state_ >> 32U);
  }

  static inline thread_local std::uint64_t state_ = 0;
};

class DelayingStore {
 public:
  static constexpr bool concurrent = true;
  using LoopHead = AtomicStore::LoopHead;

  explicit DelayingStore(std::byte* memory) : base_(memory) {}

  template <class T>
  T load(detail::Word<T> word, detail::Site site, detail::Location where = detail::Location::current()) const {
    return base_.load(word, site, where);
  }
  template <class T>
  void store(detail::Word<T> word, T value, detail::Site site, detail::Location where = detail::Location::current()) const {
    before(site);
    base_.store(word, value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(detail::Word<T> word, T& expected, T value, detail::Site site,
                             detail::Location where = detail::Location::current()) const {
    before(site);
    return base_.compare_exchange_weak(word, expected, value, site, where);
  }
  template <class T>
  T fetch_add(detail::Word<T> word, T value, detail::Site site, detail::Location where = detail::Location::current()) const {
    before(site);
    return base_.fetch_add(word, value, site, where);
  }

  LoopHead loop_head() const { return base_.loop_head(); }
  void retry(LoopHead& head, detail::Location where = detail::Location::current()) const { base_.retry(head, where); }
  void yield() const { base_.yield(); }
  void claim(Extent extent, detail::Location where = detail::Location::current()) const { base_.claim(extent, where); }
  void release(Extent extent, detail::Location where = detail::Location::current()) const { base_.release(extent, where); }

 private:
  // Most often between a mark and its unlink, because that leaves what recovery reclaims, and between the writes of a plan.
  static void before(detail::Site site) {
    const bool often =
        site == detail::Site::claim_unlink || site == detail::Site::plan_link || site == detail::Site::plan_count;
    Delays::perhaps(often ? Delays::often : Delays::seldom);
  }

  AtomicStore base_;
};

static_assert(WordStore<DelayingStore>);

}  // namespace rarena::stress
