// EngineMemory: the memory of one scenario under an engine that runs one interleaving at a time. It knows which bytes are
// words and what each was last set to, who owns each unit, what the invariants say after every write, and the trace. The
// engine supplies the accesses, which decide who goes on and what a load sees.
//
// A table finds words by their place. A word that nothing has written is no word: to read it is a violation (FL-2). The
// monitor sees the newest values and owners, and takes no part in the schedule.
//
// Accesses are a class with
//
//     begin()                                             an access of the running thread begins; others may go first
//     load(slot, order, ...), store, exchange, fetch_add  on one word; see the concept
//     exchange_owner(unit, owner, ...)                    plain, and checked for races; returns the owner before
//     end(site)                                           the access is over and recorded
//     set(slot, value), own(unit, owner)                  raw, before the threads run
//     choose(n)                                           what a hint is, a number below n (hint_choices.hpp)
//     thread(), fail(message, where)                      who runs; ends the run as a violation
//     words, units                                        how many of either it can hold
//
// Thread safety: the engine's fibers. Invariants: FL-2 (known words only), SEG-1 and SEG-3 (hand_over.hpp). No allocation.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <utility>

#include "core/words/word_store.hpp"
#include "hand_over.hpp"
#include "hint_choices.hpp"
#include "models/scenario/monitor.hpp"
#include "trace.hpp"

namespace rarena::models {

struct Found {
  std::uint64_t value = 0;
  bool newest = true;
};

struct Exchanged {
  std::uint64_t found = 0;
  Step::Kind step = Step::Kind::exchange;  // what it was: done, or how it failed
  bool done() const { return step == Step::Kind::exchange; }
};

template <class A>
concept Accesses = requires(A& a, unsigned slot, std::uint64_t value, Order order, Site site, const Location& where) {
  { a.begin() } -> std::same_as<void>;
  { a.load(slot, order, site, where) } -> std::same_as<Found>;
  { a.store(slot, value, order, site, where) } -> std::same_as<void>;
  { a.exchange(slot, value, value, order, order, site, where) } -> std::same_as<Exchanged>;
  { a.fetch_add(slot, value, value, order, site, where) } -> std::same_as<std::uint64_t>;
  { a.exchange_owner(slot, Owner{}, HandOver{}, where) } -> std::same_as<Owner>;
  { a.end(site) } -> std::same_as<void>;
  { a.choose(2U) } -> std::same_as<unsigned>;
  { a.thread() } -> std::same_as<unsigned>;
  { A::words + A::units } -> std::convertible_to<std::size_t>;
};

template <class A>
class EngineMemory {
 public:
  static constexpr unsigned slots = A::words;  // words of a scenario, and one that is not used

  // `watch`: whether the invariants are checked after every write, or only ownership, races and the end.
  // `trace`: where every access is recorded, or nullptr. All outlive the memory.
  EngineMemory(A& accesses, const Image& image, bool watch, const OrderTable& orders, Trace* trace)
      : accesses_(accesses), image_(image), geometry_(image.geometry()), units_(image.units()), monitor_(*this, image),
        orders_(orders), trace_(trace), watch_(watch) {}
  EngineMemory(const EngineMemory&) = delete;
  EngineMemory& operator=(const EngineMemory&) = delete;

  // The image, before the threads run.
  void initialise();

  std::uint64_t load(Place place, Site site, const Location& where);
  void store(Place place, std::uint64_t value, Site site, const Location& where);
  bool compare_exchange_weak(Place place, std::uint64_t& expected, std::uint64_t value, Site site, const Location& where);
  std::uint64_t fetch_add(Place place, std::uint64_t value, std::uint64_t mask, Site site, const Location& where);
  using LoopHead = typename A::LoopHead;
  LoopHead loop_head() const { return {}; }
  void retry(LoopHead, const Location& where) { accesses_.retry(where); }

  void claim(Extent extent, const Location& where) { hand(HandOver::claim, extent, where); }
  void release(Extent extent, const Location& where) { hand(HandOver::release, extent, where); }
  void use(Extent extent, const Location& where) { hand(HandOver::use, extent, where); }

  // Ends the run as a violation unless the condition holds. `message` begins with the ID of an invariant.
  void check(bool condition, const char* message, const Location& where) const {
    if (!condition) accesses_.fail(message, where);
  }
  // What is wrong when all threads have ended, or nullptr.
  const char* wrong_at_end(const Outcome& outcome) const { return monitor_.at_end(image_, outcome); }
  const Image& image() const { return image_; }

  // For the monitor.
  const std::uint64_t* peek(Place place) const {
    const unsigned slot = slots_[static_cast<std::size_t>(place) / 4];
    return slot == no_slot || !written_[slot] ? nullptr : &newest_[slot];
  }
  bool owned(Extent extent) const {
    for (Offset at = extent.offset; at < extent.end(); at += units_.size)
      if (owners_[units_.number(at)] != nobody) return true;
    return false;
  }

 private:
  static constexpr std::size_t bytes = most_bytes;
  static constexpr unsigned no_slot = 0;

  bool inside(Place place) const { return place >= 0 && static_cast<std::size_t>(place) < bytes; }
  unsigned slot_for(Place place, const Location& where);
  unsigned known_slot(Place place, const Location& where) const {
    check(inside(place) && peek(place), "FL-2: bytes that are no word were read as one", where);
    return slots_[static_cast<std::size_t>(place) / 4];
  }
  void hand(HandOver what, Extent extent, const Location& where);
  void own(Extent extent, Owner owner) {
    for (Offset at = extent.offset; at < extent.end(); at += units_.size) own(units_.number(at), owner);
  }
  void own(std::size_t unit, Owner owner) { accesses_.own(unit, owners_[unit] = owner); }
  auto hints() {
    return HintChoices(geometry_, [this](unsigned options) { return accesses_.choose(options); });
  }
  // Follows every write: remembers the newest value and has the invariants checked.
  void changed(unsigned slot, Site site, Place place, std::uint64_t after, const Location& where) {
    const std::uint64_t before = newest_[slot];
    newest_[slot] = after;
    written_[slot] = true;
    if (!watch_) return;
    if (const char* wrong = monitor_.after_write(site, place, before, after)) accesses_.fail(wrong, where);
  }
  void record(Step::Kind kind, Site site, Place place, std::uint64_t before, std::uint64_t after, Order order,
              const Location& where) const {
    if (trace_) trace_->add({kind, accesses_.thread(), row(site).name, place, before, after, order, where});
  }

  A& accesses_;
  const Image& image_;
  Geometry geometry_;
  Units units_;
  Monitor<EngineMemory> monitor_;
  const OrderTable& orders_;
  Trace* trace_;
  bool watch_;
  unsigned next_slot_ = 1;
  std::array<std::uint8_t, bytes / 4> slots_{};
  std::array<std::uint64_t, slots> newest_{};
  std::array<bool, slots> written_{};
  std::array<Owner, A::units> owners_{};
};

template <class A>
void EngineMemory<A>::initialise() {
  next_slot_ = 1;
  slots_ = {};
  newest_ = {};
  written_ = {};
  const Location where = Location::current();
  image_.each_word([&](auto word, std::uint64_t value) {
    const unsigned slot = slot_for(word.place, where);
    accesses_.set(slot, newest_[slot] = value);
    written_[slot] = true;
  });
  for (std::size_t i = 0; i < units_.count; ++i) own(i, nobody);
  for (const Owned& o : image_.owners()) own(o.segment, o.owner);
  for (const Offset d : image_.all_descriptors()) own({d, descriptor_size}, owner_descriptor);
}

template <class A>
std::uint64_t EngineMemory<A>::load(Place place, Site site, const Location& where) {
  if (is_hint(site)) return hints().load(place);
  accesses_.begin();
  const unsigned slot = known_slot(place, where);
  const Order order = orders_[site].order;
  const Found found = accesses_.load(slot, order, site, where);
  record(found.newest ? Step::Kind::read : Step::Kind::stale_read, site, place, found.value, 0, order, where);
  accesses_.end(site);
  return found.value;
}

template <class A>
void EngineMemory<A>::store(Place place, std::uint64_t value, Site site, const Location& where) {
  if (is_hint(site)) return;
  accesses_.begin();
  const unsigned slot = slot_for(place, where);
  const Order order = orders_[site].order;
  accesses_.store(slot, value, order, site, where);
  record(Step::Kind::write, site, place, 0, value, order, where);
  accesses_.end(site);
  changed(slot, site, place, value, where);
}

template <class A>
bool EngineMemory<A>::compare_exchange_weak(Place place, std::uint64_t& expected, std::uint64_t value, Site site,
                                            const Location& where) {
  if (is_hint(site)) {
    const std::uint64_t compared = std::exchange(expected, hints().exchange(expected));
    return compared == expected;
  }
  accesses_.begin();
  const unsigned slot = known_slot(place, where);
  const auto [order, failure] = orders_[site];
  const std::uint64_t wanted = expected;
  const Exchanged e = accesses_.exchange(slot, wanted, value, order, failure, site, where);
  expected = e.found;
  record(e.step, site, place, e.done() ? wanted : e.found, e.done() ? value : wanted, e.done() ? order : failure, where);
  accesses_.end(site);
  if (e.done()) changed(slot, site, place, value, where);
  return e.done();
}

template <class A>
std::uint64_t EngineMemory<A>::fetch_add(Place place, std::uint64_t value, std::uint64_t mask, Site site,
                                         const Location& where) {
  if (is_hint(site)) return hints().add(place);
  accesses_.begin();
  const unsigned slot = known_slot(place, where);
  const Order order = orders_[site].order;
  const std::uint64_t before = accesses_.fetch_add(slot, value, mask, order, site, where), after = (before + value) & mask;
  record(Step::Kind::exchange, site, place, before, after, order, where);
  accesses_.end(site);
  changed(slot, site, place, after, where);
  return before;
}

template <class A>
unsigned EngineMemory<A>::slot_for(Place place, const Location& where) {
  check(inside(place), "FL-2: an access outside the memory", where);
  std::uint8_t& slot = slots_[static_cast<std::size_t>(place) / 4];
  if (slot == no_slot) {
    check(next_slot_ < slots, "model: the scenario has too many words", where);
    slot = static_cast<std::uint8_t>(next_slot_++);
  }
  return slot;
}

template <class A>
void EngineMemory<A>::hand(HandOver what, Extent extent, const Location& where) {
  if (trace_) trace_->add({Step::Kind::ghost, accesses_.thread(), name(what), 0, encode(extent), 0, Order::relaxed, where});
  const auto exchange = [&](std::size_t unit, Owner owner) {
    const Owner was = accesses_.exchange_owner(static_cast<unsigned>(unit), owner, what, where);
    owners_[unit] = owner;
    return was;
  };
  hand_over(what, geometry_, units_, extent, accesses_.thread(), exchange,
            [&](bool condition, const char* message) { check(condition, message, where); });
}

}  // namespace rarena::models
