// OrderedStore: as AtomicStore, but with the orders of a table that is chosen at run time. For engines that weaken a row of the
// ledger and run real threads; an arena of a user does not need it.
//
// Thread safety: any number of threads. Invariants: FL-2; SEG-3 as far as the table's orders go.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>

#include "back_off.hpp"
#include "word_store.hpp"

namespace rarena::detail {

class OrderedStore {
 public:
  static constexpr bool concurrent = true;
  using LoopHead = BackOff;

  // Memory, aligned to 16 bytes, and table outlive every copy of the store.
  OrderedStore(std::byte* memory, const OrderTable& orders) : memory_(memory), orders_(&orders) {}

  // Every order is a constant where it is used: for others g++ takes the strongest.
  template <class T>
  T load(Word<T> word, Site site, Location = {}) const {
    if (acquires(of(site).order)) return at(word).load(std::memory_order_acquire);
    return at(word).load(std::memory_order_relaxed);
  }
  template <class T>
  void store(Word<T> word, T value, Site site, Location = {}) const {
    if (releases(of(site).order)) return at(word).store(value, std::memory_order_release);
    at(word).store(value, std::memory_order_relaxed);
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location = {}) const {
    switch (of(site).order) {
      case Order::relaxed: return exchange<std::memory_order_relaxed>(word, expected, value, site);
      case Order::acquire: return exchange<std::memory_order_acquire>(word, expected, value, site);
      case Order::release: return exchange<std::memory_order_release>(word, expected, value, site);
      case Order::acq_rel: break;
    }
    return exchange<std::memory_order_acq_rel>(word, expected, value, site);
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location = {}) const {
    switch (of(site).order) {
      case Order::relaxed: return at(word).fetch_add(value, std::memory_order_relaxed);
      case Order::acquire: return at(word).fetch_add(value, std::memory_order_acquire);
      case Order::release: return at(word).fetch_add(value, std::memory_order_release);
      case Order::acq_rel: break;
    }
    return at(word).fetch_add(value, std::memory_order_acq_rel);
  }

  LoopHead loop_head() const { return {}; }
  void retry(LoopHead& head, Location = {}) const { head.wait(); }
  void yield() const { std::this_thread::yield(); }

  // No ghosts: who weakens orders decides what is poisoned.
  void claim(Extent, Location = {}) const {}
  void release(Extent, Location = {}) const {}

 private:
  OrderTable::Orders of(Site site) const { return (*orders_)[site]; }

  // g++ strengthens a success that is weaker than the failure, so a failure that acquires is a load of its own: if that finds
  // the expected value, the exchange has failed spuriously.
  template <std::memory_order success, class T>
  bool exchange(Word<T> word, T& expected, T value, Site site) const {
    if (at(word).compare_exchange_weak(expected, value, success, std::memory_order_relaxed)) return true;
    if (acquires(of(site).failure)) expected = at(word).load(std::memory_order_acquire);
    return false;
  }

  template <class T>
  std::atomic_ref<T> at(Word<T> word) const {
    return std::atomic_ref<T>(*reinterpret_cast<T*>(memory_ + word.place));
  }

  std::byte* memory_;
  const OrderTable* orders_;
};

static_assert(WordStore<OrderedStore>);

}  // namespace rarena::detail
