// PlainStore: plain integers, for an arena that one thread uses at a time (the crate's `unsync`).
//
// Thread safety: none; the user serialises all calls. The orders of the ledger do not matter here.
// Invariants: FL-2.
#pragma once

#include <cstddef>

#include "ghosts.hpp"
#include "word_store.hpp"

namespace rarena::detail {

class PlainStore {
 public:
  static constexpr bool concurrent = false;
  struct LoopHead {};

  // `memory` is the start of the memory, aligned to 16 bytes; it outlives every copy of the store.
  explicit PlainStore(std::byte* memory) : memory_(memory) {}

  template <class T>
  T load(Word<T> word, Site, Location = {}) const {
    return at(word);
  }
  template <class T>
  void store(Word<T> word, T value, Site, Location = {}) const {
    at(word) = value;
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site, Location = {}) const {
    if (at(word) != expected) {
      expected = at(word);
      return false;
    }
    at(word) = value;
    return true;
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site, Location = {}) const {
    const T old = at(word);
    at(word) = old + value;
    return old;
  }

  LoopHead loop_head() const { return {}; }
  void retry(LoopHead&, Location = {}) const {}
  void yield() const {}

  void claim(Extent extent, Location = {}) const { ghosts::claim(memory_ + extent.offset, extent.size); }
  void release(Extent extent, Location = {}) const { ghosts::release(memory_ + extent.offset, extent.size); }

 private:
  template <class T>
  T& at(Word<T> word) const {
    return *reinterpret_cast<T*>(memory_ + word.place);
  }

  std::byte* memory_;
};

static_assert(WordStore<PlainStore>);

}  // namespace rarena::detail

namespace rarena {

/// The store of arenas for one thread at a time (unsync).
using detail::PlainStore;

}  // namespace rarena
