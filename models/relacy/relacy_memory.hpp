// The memory of one scenario run under Relacy: words as rl::atomic, payload granules as race-checked rl::var.
//
// rl::atomic objects are not bytes: a small table holds the words in use, found by their place. A word that nothing has
// written is no word: to read it is a violation (FL-2). Beside each atomic lies its newest value, and beside each granule its
// owner, which the monitor reads without taking part in the schedule (Relacy runs a step up to the next atomic access
// without switching).
//
// Thread safety: Relacy's fibers. Invariants: FL-2 (known words only), SEG-1 (claims), SEG-3 (races on granules).
#pragma once

#include <array>
#include <cstdint>

#include "core/words/word_store.hpp"
#include "models/engine/memory_store.hpp"
#include "models/engine/trace.hpp"
#include "models/scenario/monitor.hpp"
#include "models/scenario/scenario.hpp"
#include "relacy_clean.hpp"

namespace rarena::models::relacy {

// What Relacy's own history shows: the site of the ledger, and the line of the shipped code.
inline rl::debug_info here(const char* what, const Location& where) { return {what, where.file_name(), where.line()}; }
inline rl::debug_info here(Site site, const Location& where) { return here(row(site).name, where); }

class RelacyMemory {
 public:
  // `watch`: whether the invariants are checked after every write, or only ownership, races and the end.
  // `trace`: where every access is recorded, or nullptr.
  RelacyMemory(const Image& image, bool watch, Trace* trace, const OrderTable& orders)
      : geometry_(image.geometry()), monitor_(*this, geometry_, image.kind()), trace_(trace), orders_(orders), watch_(watch) {}
  RelacyMemory(const RelacyMemory&) = delete;
  RelacyMemory& operator=(const RelacyMemory&) = delete;

  // Raw stores, before the threads start.
  void initialise(const Image& image) {
    const Location where = Location::current();
    image.each_word([&](auto word, auto value) {
      const unsigned slot = slot_for(word.place);
      atomics_[slot].store(value, rl::mo_relaxed, here("image", where));
      newest_[slot] = value;
    });
    for (auto& owner : owners_) set(owner, 0, "image", where);
    for (const Owned& o : image.owners()) own(o.segment, o.owner);
    for (const Offset d : image.all_descriptors()) own({d, descriptor_size}, owner_descriptor);
  }

  std::uint64_t load(Place place, Site site, const Location& where) {
    const unsigned slot = known_slot(place, where);
    const Order order = orders_[site].order;
    const std::uint64_t value = atomics_[slot].load(standard(order), here(site, where));
    record(value == newest_[slot] ? Step::Kind::read : Step::Kind::stale_read, site, place, value, 0, order, where);
    return value;
  }
  void store(Place place, std::uint64_t value, Site site, const Location& where) {
    const unsigned slot = slot_for(place);
    const Order order = orders_[site].order;
    atomics_[slot].store(value, standard(order), here(site, where));
    record(Step::Kind::write, site, place, 0, value, order, where);
    changed(slot, site, place, value, where);
  }
  bool compare_exchange_weak(Place place, std::uint64_t& expected, std::uint64_t value, Site site, const Location& where) {
    const unsigned slot = known_slot(place, where);
    const auto [order, failure] = orders_[site];
    const std::uint64_t wanted = expected;
    const bool done = atomics_[slot].compare_exchange(rl::bool_t<true>(), expected, value, standard(order), standard(failure),
                                                      here(site, where));
    if (done) {
      record(Step::Kind::exchange, site, place, wanted, value, order, where);
      changed(slot, site, place, value, where);
    } else {
      record(expected == wanted ? Step::Kind::spurious_failure : Step::Kind::failed_exchange, site, place, expected, wanted,
             failure, where);
    }
    return done;
  }
  // Wide words: no sum of a scenario wraps.
  std::uint64_t fetch_add(Place place, std::uint64_t value, std::uint64_t, Site site, const Location& where) {
    const unsigned slot = known_slot(place, where);
    const Order order = orders_[site].order;
    const std::uint64_t before = atomics_[slot].fetch_add(value, standard(order), here(site, where));
    record(Step::Kind::exchange, site, place, before, before + value, order, where);
    changed(slot, site, place, before + value, where);
    return before;
  }

  struct LoopHead {};
  LoopHead loop_head() const { return {}; }
  void retry(LoopHead, const Location& where) { rl::yield(1, here("retry", where)); }

  void claim(Extent extent, const Location& where) {
    record_ghost("claim", extent, where);
    each_granule(extent, where, [&](rl::var<std::uint32_t>& owner) {
      check(owner(here("claim", where)).load() == 0, "SEG-1: bytes that have an owner were handed out", where);
      set(owner, rl::thread_index() + 1, "claim", where);
    });
  }
  void release(Extent extent, const Location& where) {
    record_ghost("release", extent, where);
    each_granule(extent, where, [&](rl::var<std::uint32_t>& owner) {
      check(owner(here("release", where)).load() != 0, "SEG-1: bytes without an owner were freed", where);
      set(owner, 0, "release", where);
    });
  }
  // The owner writes its bytes.
  void use(Extent extent, const Location& where) {
    record_ghost("payload write", extent, where);
    each_granule(extent, where, [&](rl::var<std::uint32_t>& owner) {
      const std::uint32_t is = owner(here("payload write", where)).load();
      check(is == rl::thread_index() + 1, "SEG-1: a thread's segment has another owner", where);
      owner(here("payload write", where)).store(is);
    });
  }

  void check(bool condition, const char* message, const Location& where) const {
    if (!condition) fail(message, where);
  }
  void check_end(const Image& image, const Outcome& outcome) const {
    if (const char* wrong = monitor_.at_end(image, outcome)) fail(wrong, Location::current());
  }

  const std::uint64_t* peek(Place place) const {
    const unsigned slot = index_[static_cast<std::size_t>(place) / 4];
    return slot == 0 ? nullptr : &newest_[slot];
  }

  bool owned(Extent extent) const {
    for (Offset at = extent.offset; at < extent.end(); at += granule)
      if (owner_now_[at / granule] != 0) return true;
    return false;
  }

  // The last violation's message, which begins with the ID of the invariant; empty if Relacy itself found the fault.
  static inline const char* violation = "";

 private:
  static constexpr std::size_t slots = 28, granules = most_granules, bytes = granules * granule;

  [[noreturn]] static void fail(const char* message, const Location& where) {
    violation = message;
    rl::ctx().fail_test(message, rl::test_result_user_assert_failed, here("check", where));
    std::abort();
  }
  static constexpr rl::memory_order standard(Order order) {
    constexpr std::array<rl::memory_order, 4> orders = {rl::mo_relaxed, rl::mo_acquire, rl::mo_release, rl::mo_acq_rel};
    return orders[static_cast<std::size_t>(order)];
  }
  void record(Step::Kind kind, Site site, Place place, std::uint64_t before, std::uint64_t after, Order order,
              const Location& where) const {
    if (trace_) trace_->add({kind, rl::thread_index(), row(site).name, place, before, after, order, where});
  }
  void record_ghost(const char* what, Extent extent, const Location& where) const {
    if (trace_) trace_->add({Step::Kind::ghost, rl::thread_index(), what, 0, encode(extent), 0, Order::relaxed, where});
  }
  // Follows every write: remembers the newest value and has the invariants checked.
  void changed(unsigned slot, Site site, Place place, std::uint64_t after, const Location& where) {
    const std::uint64_t before = newest_[slot];
    newest_[slot] = after;
    if (!watch_) return;
    if (const char* wrong = monitor_.after_write(site, place, before, after)) fail(wrong, where);
  }
  // Index 0 means: not a word.
  unsigned slot_for(Place place) {
    check(place >= 0 && static_cast<std::size_t>(place) < bytes, "FL-2: an access outside the memory", Location::current());
    std::uint8_t& slot = index_[static_cast<std::size_t>(place) / 4];
    if (slot == 0) slot = static_cast<std::uint8_t>(next_slot_++);
    check(slot < slots, "model: the scenario has too many words", Location::current());
    return slot;
  }
  unsigned known_slot(Place place, const Location& where) const {
    check(place >= 0 && static_cast<std::size_t>(place) < bytes && peek(place), "FL-2: bytes that are no word were read as one",
          where);
    return index_[static_cast<std::size_t>(place) / 4];
  }
  template <class Visit>
  void each_granule(Extent extent, const Location& where, Visit visit) {
    check(extent.offset >= geometry_.data_offset() && extent.end() <= geometry_.capacity(),
          "SEG-1: a segment lies outside the data", where);
    check(extent.offset % granule == 0 && extent.size % granule == 0, "model: the scenario is not made of granules", where);
    for (Offset at = extent.offset; at < extent.end(); at += granule) visit(owners_[at / granule]);
  }
  void set(rl::var<std::uint32_t>& var, std::uint32_t owner, const char* what, const Location& where) {
    var(here(what, where)).store(owner);
    owner_now_[static_cast<std::size_t>(&var - owners_.data())] = owner;
  }
  void own(Extent extent, std::uint32_t owner) {
    each_granule(extent, Location::current(),
                 [&](rl::var<std::uint32_t>& var) { set(var, owner, "image", Location::current()); });
  }

  Geometry geometry_;
  Monitor<RelacyMemory> monitor_;
  Trace* trace_;
  const OrderTable& orders_;
  bool watch_;
  unsigned next_slot_ = 1;
  std::array<std::uint8_t, bytes / 4> index_{};
  std::array<std::uint64_t, slots> newest_{};
  std::array<rl::atomic<std::uint64_t>, slots> atomics_;
  std::array<rl::var<std::uint32_t>, granules> owners_;
  std::array<std::uint32_t, granules> owner_now_{};
};

// The word store over it. Thread safety: Relacy's fibers.
using RelacyStore = MemoryStore<RelacyMemory>;

static_assert(EngineStore<RelacyStore>);

}  // namespace rarena::models::relacy
