// AtomicStore: the production store, std::atomic_ref on the bytes of the memory.
//
// Thread safety: any number of threads, and processes that share a file map. Every access is lock-free (checked below).
// Invariants: FL-2; SEG-3 through the ledger's orders.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "back_off.hpp"
#include "ghosts.hpp"
#include "word_store.hpp"

namespace rarena::detail {

class AtomicStore {
 public:
  static constexpr bool concurrent = true;
  using LoopHead = BackOff;

  // `memory` is the start of the memory, aligned to 16 bytes; it outlives every copy of the store.
  // `shared`: other processes change it, too.
  explicit AtomicStore(std::byte* memory, bool shared = false) : memory_(memory), haunted_(!shared) {}

  template <class T>
  [[gnu::always_inline]] T load(Word<T> word, Site site, Location = {}) const {
    return at(word).load(standard(row(site).order));
  }
  template <class T>
  [[gnu::always_inline]] void store(Word<T> word, T value, Site site, Location = {}) const {
    at(word).store(value, standard(row(site).order));
  }
  // The function of std::atomic_ref is too long for clang to inline, and the words would leave their registers for it.
  template <class T>
  [[gnu::always_inline]] bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location = {}) const {
    return __atomic_compare_exchange_n(address(word), &expected, value, true, builtin(row(site).order),
                                       builtin(row(site).failure));
  }
  template <class T>
  [[gnu::always_inline]] T fetch_add(Word<T> word, T value, Site site, Location = {}) const {
    return at(word).fetch_add(value, standard(row(site).order));
  }

  LoopHead loop_head() const { return {}; }
  void retry(LoopHead& head, Location = {}) const { head.wait(); }
  void yield() const { let_others_run(); }

  void claim(Extent extent, Location = {}) const {
    if (haunted_) ghosts::claim(memory_ + extent.offset, extent.size);
  }
  void release(Extent extent, Location = {}) const {
    if (haunted_) ghosts::release(memory_ + extent.offset, extent.size);
  }

 private:
  static constexpr std::memory_order standard(Order order) {
    constexpr std::array<std::memory_order, 4> orders = {std::memory_order_relaxed, std::memory_order_acquire,
                                                         std::memory_order_release, std::memory_order_acq_rel};
    return orders[static_cast<std::size_t>(order)];
  }

  static constexpr int builtin(Order order) {
    constexpr std::array<int, 4> orders = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_ACQ_REL};
    return orders[static_cast<std::size_t>(order)];
  }

  template <class T>
  [[gnu::always_inline]] T* address(Word<T> word) const {
    static_assert(std::atomic_ref<T>::is_always_lock_free && std::atomic_ref<T>::required_alignment == sizeof(T));
    return reinterpret_cast<T*>(memory_ + word.place);
  }
  template <class T>
  [[gnu::always_inline]] std::atomic_ref<T> at(Word<T> word) const {
    return std::atomic_ref<T>(*address(word));
  }

  std::byte* memory_;
  [[no_unique_address]] ghosts::Haunted<ghosts::active> haunted_;
};

static_assert(WordStore<AtomicStore>);

}  // namespace rarena::detail

namespace rarena {

/// The store of arenas that any number of threads use.
using detail::AtomicStore;

}  // namespace rarena
