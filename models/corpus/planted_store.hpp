// PlantedStore: an engine's store over real bytes and real threads, for engines that are not model checkers. Orders come from a
// table that may be weakened; LyingStore goes around it as around any other.
//
// It refuses words and bytes outside the memory, and words that are not aligned: what a bug makes of them is reported, and does
// not reach the bytes of others.
//
// Thread safety: any number of threads. Invariants: FL-2, SEG-1 (checked).
#pragma once

#include <cstddef>
#include <cstring>
#include <stdexcept>

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

  // All arguments outlive every copy of the store. `poisons`: free bytes are poisoned in sanitizer builds.
  PlantedStore(std::byte* memory, const Geometry& geometry, const OrderTable& orders, bool poisons)
      : words_(memory, orders), memory_(memory), geometry_(&geometry), poisons_(poisons) {}

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
  void retry(LoopHead head, Location where = {}) const { words_.retry(head, where); }

  void claim(Extent extent, Location = {}) const {
    check_inside(extent);
    if (poisons_) ghosts::claim(memory_ + extent.offset, extent.size);
  }
  void release(Extent extent, Location = {}) const {
    check_inside(extent);
    if (poisons_) ghosts::release(memory_ + extent.offset, extent.size);
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
    return word;
  }
  void check_inside(Extent extent) const {
    const bool inside = extent.offset >= geometry_->data_offset() && extent.end() <= geometry_->capacity();
    check(extent.empty() || inside, "SEG-1: bytes outside the memory change hands");
  }

  OrderedStore words_;
  std::byte* memory_;
  const Geometry* geometry_;
  bool poisons_;
};

static_assert(EngineStore<PlantedStore>);

}  // namespace rarena::models
