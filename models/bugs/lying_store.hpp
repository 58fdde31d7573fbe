// LyingStore: a word store that lies at one site. Shipped code stays free of switches; a bug is this adaptor around an
// engine's store, or a weakened row of the ledger, or (crate_list.hpp, wrapping_arithmetic.hpp) another part.
//
// Thread safety: one store and one LieState per thread of the scenario. Invariants: breaks one, on purpose.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/scenario/forwarding_store.hpp"

namespace rarena::models {

enum class Lie : std::uint8_t {
  none,
  frozen_tags,        // link words whose tag never changes
  repeat_validation,  // the validating load repeats the value read before
  empty_confirm,      // the confirming search sees an empty list
  deaf_help,          // the helping CAS always fails
  blind_give_back,    // the give-back CAS does not compare
  blind_publish,      // the CAS that puts a fresh chunk in the place of another does not compare
  empty_extents,      // a search sees every segment as empty
  late_confirm,       // the confirming search begins at the successor of what it is to meet
  unlinked_boundary,  // the CAS that links a boundary of a table does nothing, and says that it has
  // In a merge alone:
  any_link,            // a mark is set whatever the link is by now
  stale_extents,       // an extent that was read once is not read again
  no_unlink,           // the CAS that unlinks does nothing, and says that it has
  remembered_unlinks,  // what was unlinked by the link left behind, though that leads to something else
};

// What one thread's liar remembers: the value last read or written at each link it passed, or first read of each extent.
struct LieState {
  struct Seen {
    Place place;
    std::uint64_t value;
  };
  std::array<Seen, 16> seen{};
  unsigned count = 0;
  bool merges = false;            // the call under way is a merge
  Link mark{};                    // of the last marked descriptor
  Seen unlinked{};                // by the last claim_unlink: what it left behind
  bool unlinks = false;           // there was one since the last mark
  Seen confirmed{-1, 0};          // where a confirming search began, and what it was told
  Offset boundary = null_offset;  // the one that is being linked

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

  // The client says which call begins.
  void begin_call(std::string_view name) const {
    state_->merges = name == "merge";
    if (lie_ == Lie::stale_extents) state_->count = 0;
    if constexpr (requires { base_.begin_call(name); }) base_.begin_call(name);
  }

  template <class T>
  T load(Word<T> word, Site site, Location where = Location::current()) const {
    if (lie_ == Lie::empty_confirm && site == Site::confirm_head) return 0;
    if (lie_ == Lie::late_confirm)
      if (const auto told = confirms_late(word, site)) return static_cast<T>(*told);
    if (lie_ == Lie::remembered_unlinks && site == Site::confirm_head && unlinks_by_memory(where)) return 0;
    if (lie_ == Lie::stale_extents && state_->merges && site == Site::find_extent) return first_read(word, site, where);
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
    if (site == Site::insert_extent) {
      const bool is_key = decode_extent(value).offset == null_offset;
      state_->boundary = is_key ? static_cast<Offset>(word.place - 8) : null_offset;
    }
    base_.store(word, honest(value, site), site, where);
  }

  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    if (lie_ == Lie::deaf_help && site == Site::find_help) return false;
    if (lie_ == Lie::no_unlink && state_->merges && site == Site::claim_unlink) return true;
    if (lie_ == Lie::unlinked_boundary && site == Site::insert_publish && state_->boundary != null_offset) return true;
    if ((lie_ == Lie::blind_give_back && site == Site::cursor_give_back) ||
        (lie_ == Lie::blind_publish && site == Site::chunk_publish)) {
      auto loop = base_.loop_head();
      T current = base_.load(word, Site::cursor_load, where);
      while (!base_.compare_exchange_weak(word, current, value, site, where)) base_.retry(loop, where);
      return true;
    }
    const T written = honest(value, site);
    bool done = base_.compare_exchange_weak(word, expected, written, site, where);
    if (lie_ == Lie::any_link && state_->merges && site == Site::claim_mark && !done) {
      const Link found(expected);
      if (found.marked()) return false;
      done = base_.compare_exchange_weak(word, expected, static_cast<T>(found.marked_to(found.next()).bits()), site, where);
    }
    if (done && site == Site::find_help) state_->remember(word.place, written);
    if (done) note(word.place, written, site);
    return done;
  }

 private:
  using ForwardingStore<Base>::base_;

  // For the lies about unlinking.
  void note(Place place, std::uint64_t written, Site site) const {
    if (site == Site::claim_mark) {
      state_->mark = Link(written);
      state_->unlinks = false;
    }
    if (site == Site::claim_unlink) {
      state_->unlinked = {place, written};
      state_->unlinks = true;
    }
  }
  template <class T>
  std::optional<std::uint64_t> confirms_late(Word<T> word, Site site) const {
    if (site == Site::find_head) state_->confirmed.place = -1;
    if (site == Site::confirm_head) state_->confirmed = {word.place, Link(state_->mark.next(), false, 0).bits()};
    const bool tells = site == Site::confirm_head || site == Site::find_validate;
    if (!tells || state_->confirmed.place != word.place) return std::nullopt;
    return state_->confirmed.value;
  }
  // Where no CAS was tried because the link left behind leads elsewhere: tries it. Whether it was done.
  bool unlinks_by_memory(const Location& where) const {
    if (!state_->merges || state_->unlinks || state_->unlinked.place == 0) return false;
    const Link left(state_->unlinked.value), past = left.linked_to(state_->mark.next());
    std::uint64_t expected = left.bits();
    const Word<std::uint64_t> word{state_->unlinked.place};
    const bool done = base_.compare_exchange_weak(word, expected, past.bits(), Site::claim_unlink, where);
    if (done) note(word.place, past.bits(), Site::claim_unlink);
    return done;
  }
  template <class T>
  T first_read(Word<T> word, Site site, const Location& where) const {
    if (const std::uint64_t* value = state_->recall(word.place)) return static_cast<T>(*value);
    const T value = base_.load(word, site, where);
    state_->remember(word.place, value);
    return value;
  }

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
