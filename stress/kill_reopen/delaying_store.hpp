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

  static void perhaps() {
    if (state_ == 0) return;
    const std::uint32_t chance = draw() % 1024;
    if (chance < 4)
      std::this_thread::sleep_for(std::chrono::microseconds(1 + draw() % 64));
    else if (chance < 24)
      std::this_thread::yield();
  }

  // Seeded, as the delays; false before the first seed.
  static bool one_in(std::uint32_t bound) { return state_ != 0 && draw() % bound == 0; }

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
  T load(Word<T> word, Site site, Location where = Location::current()) const {
    return base_.load(word, site, where);
  }
  template <class T>
  void store(Word<T> word, T value, Site site, Location where = Location::current()) const {
    Delays::perhaps();
    base_.store(word, value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    Delays::perhaps();
    return base_.compare_exchange_weak(word, expected, value, site, where);
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location where = Location::current()) const {
    Delays::perhaps();
    return base_.fetch_add(word, value, site, where);
  }

  LoopHead loop_head() const { return base_.loop_head(); }
  void retry(LoopHead head, Location where = Location::current()) const { base_.retry(head, where); }
  void claim(Extent extent, Location where = Location::current()) const { base_.claim(extent, where); }
  void release(Extent extent, Location where = Location::current()) const { base_.release(extent, where); }

 private:
  AtomicStore base_;
};

static_assert(WordStore<DelayingStore>);

}  // namespace rarena::stress
