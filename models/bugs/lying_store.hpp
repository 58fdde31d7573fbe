// LyingStore: a word store that lies at one site. Shipped code stays free of switches; a bug is this adaptor around an
// engine's store, or a weakened row of the ledger, or (crate_list.hpp, wrapping_arithmetic.hpp) another part.
//
// Thread safety: one store and one LieState per thread of the scenario. Invariants: breaks one, on purpose.
#pragma once

#include <array>
#include <cstdint>

#include "models/scenario/forwarding_store.hpp"

namespace rarena::models {

enum class Lie : std::uint8_t {
  none,
  frozen_tags,        // link words whose tag never changes
  repeat_validation,  // the validating load repeats the value read before
  empty_confirm,      // the confirming search sees an empty list
  deaf_help,          // the helping CAS always fails
  blind_give_back,    // the give-back CAS does not compare
  empty_extents,      // a search sees every segment as empty
};

// What one thread's liar remembers: the value last read or written at each link it passed.
struct LieState {
  struct Seen {
    Place place;
    std::uint64_t value;
  };
  std::array<Seen, 16> seen{};
  unsigned count = 0;

  void remember(Place place, std::uint64_t value) {
    for (unsigned i = 0; i < count; ++i)
      if (seen[i].place == place) return void(seen[i].value = value);
    if (count < seen.size()) seen[count++] = {place, value};
  }
  const std::uint64_t* recall(Place place) const {
    for (unsigned i = 0; i < count; ++i)
      if (seen[i].place == place) return &seen[i].value;
    return nullptr;
  }
};

template <EngineStore Base>
class LyingStore : public ForwardingStore<Base> {
 public:
  LyingStore(Base base, Lie lie, LieState& state) : ForwardingStore<Base>(base), lie_(lie), state_(&state) {}

  template <class T>
  T load(Word<T> word, Site site, Location where = Location::current()) const {
    if (lie_ == Lie::empty_confirm && site == Site::confirm_head) return 0;
    if (lie_ == Lie::repeat_validation && site == Site::find_validate)
      if (const std::uint64_t* value = state_->recall(word.place)) return static_cast<T>(*value);
    const T value = base_.load(word, site, where);
    if (lie_ == Lie::empty_extents && site == Site::find_extent)
      return static_cast<T>(encode(Extent{decode_extent(value).offset, 0}));
    if (site == Site::find_head || site == Site::confirm_head || site == Site::find_link) state_->remember(word.place, value);
    return value;
  }

  template <class T>
  void store(Word<T> word, T value, Site site, Location where = Location::current()) const {
    base_.store(word, honest(value, site), site, where);
  }

  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    if (lie_ == Lie::deaf_help && site == Site::find_help) return false;
    if (lie_ == Lie::blind_give_back && site == Site::cursor_give_back) {
      T current = base_.load(word, Site::cursor_load, where);
      while (!base_.compare_exchange_weak(word, current, value, site, where)) base_.retry(base_.loop_head(), where);
      return true;
    }
    const T written = honest(value, site);
    const bool done = base_.compare_exchange_weak(word, expected, written, site, where);
    if (done && site == Site::find_help) state_->remember(word.place, written);
    return done;
  }

 private:
  using ForwardingStore<Base>::base_;

  static bool writes_link(Site site) {
    switch (site) {
      case Site::find_help:
      case Site::claim_mark:
      case Site::claim_unlink:
      case Site::insert_link:
      case Site::insert_publish:
      case Site::spare_pop:
      case Site::spare_link:
      case Site::spare_push: return true;
      default: return false;
    }
  }

  template <class T>
  T honest(T value, Site site) const {
    if (lie_ != Lie::frozen_tags || !writes_link(site)) return value;
    const Link link{value};
    return static_cast<T>(Link(link.next(), link.marked(), 0).bits());
  }

  Lie lie_;
  LieState* state_;
};

}  // namespace rarena::models
