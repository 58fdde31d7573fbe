// PlantedStore: an engine's store over real bytes and real threads, for engines that are not model checkers. Orders come from a
// table that may be weakened; LyingStore goes around it as around any other.
//
// It can hesitate: give up the processor before one access in so many, so that another thread comes in between. And it refuses
// words and bytes outside the memory, and words that are not aligned: what a bug makes of them is reported, and does
// not reach the bytes of others.
//
// Thread safety: any number of threads. Invariants: FL-2, SEG-1 (checked).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "core/layout/geometry.hpp"
#include "core/words/ghosts.hpp"
#include "core/words/ordered_store.hpp"
#include "models/scenario/client.hpp"

namespace rarena::models {

// What a planted bug did; the text begins with the ID of an invariant.
struct PlantedViolation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class PlantedStore {
 public:
  static constexpr bool concurrent = true;
  using LoopHead = OrderedStore::LoopHead;

  struct Manner {
    bool poisons = true;        // free bytes are poisoned in sanitizer builds
    unsigned hesitates_in = 0;  // one access in so many; 0: never
  };

  // Memory, geometry and orders outlive every copy of the store.
  PlantedStore(std::byte* memory, const Geometry& geometry, const OrderTable& orders, Manner manner)
      : words_(memory, orders), memory_(memory), geometry_(&geometry), manner_(manner) {}

  template <class T>
  T load(Word<T> word, Site site, Location where = {}) const {
    return words_.load(checked(word), site, where);
  }
  template <class T>
  void store(Word<T> word, T value, Site site, Location where = {}) const {
    words_.store(checked(word), value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = {}) const {
    return words_.compare_exchange_weak(checked(word), expected, value, site, where);
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location where = {}) const {
    return words_.fetch_add(checked(word), value, site, where);
  }

  LoopHead loop_head() const { return words_.loop_head(); }
  void retry(LoopHead& head, Location where = {}) const { words_.retry(head, where); }
  void yield() const { words_.yield(); }

  void claim(Extent extent, Location = {}) const {
    check_inside(extent);
    if (manner_.poisons) ghosts::claim(memory_ + extent.offset, extent.size);
  }
  void release(Extent extent, Location = {}) const {
    check_inside(extent);
    if (manner_.poisons) ghosts::release(memory_ + extent.offset, extent.size);
  }
  // The owner writes its bytes: a race that ThreadSanitizer sees, if somebody else does too.
  void use(Extent extent, Location = {}) const { std::memset(memory_ + extent.offset, 0xa5, extent.size); }
  void check(bool condition, const char* message, Location = {}) const {
    if (!condition) throw PlantedViolation(message);
  }

 private:
  template <class T>
  Word<T> checked(Word<T> word) const {
    const bool inside = word.place >= 0 && word.place + static_cast<Place>(sizeof(T)) <= Place{geometry_->capacity()};
    check(inside && word.place % static_cast<Place>(sizeof(T)) == 0,
          "FL-2: a word outside the memory, or not aligned, is used");
    hesitate();
    return word;
  }
  void hesitate() const {
    if (manner_.hesitates_in == 0) return;
    // Differs from thread to thread by where it lies.
    thread_local std::uint64_t state = reinterpret_cast<std::uintptr_t>(&state);
    state = state * 6364136223846793005U + 1442695040888963407U;
    if ((state >> 33U) % manner_.hesitates_in == 0) std::this_thread::yield();
  }
  void check_inside(Extent extent) const {
    const bool inside = extent.offset >= geometry_->data_offset() && extent.end() <= geometry_->capacity();
    check(extent.empty() || inside, "SEG-1: bytes outside the memory change hands");
  }

  OrderedStore words_;
  std::byte* memory_;
  const Geometry* geometry_;
  Manner manner_;
};

static_assert(EngineStore<PlantedStore>);

}  // namespace rarena::models
