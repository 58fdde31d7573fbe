// The accesses of a scenario under Relacy: words as rl::atomic, units of payload as race-checked rl::var. The memory around
// them is models/engine/memory.hpp; Relacy runs a step up to the next atomic access without switching.
//
// Thread safety: Relacy's fibers. Invariants: SEG-3 (races on units).
#pragma once

#include <array>
#include <cstdint>

#include "models/engine/memory.hpp"
#include "models/engine/memory_store.hpp"
#include "relacy_clean.hpp"

namespace rarena::models::relacy {

// What Relacy's own history shows: the site of the ledger, and the line of the shipped code.
inline rl::debug_info here(const char* what, const Location& where) { return {what, where.file_name(), where.line()}; }
inline rl::debug_info here(Site site, const Location& where) { return here(row(site).name, where); }

// Relacy pays for every word and unit, used or not, in each iteration.
struct Sizes {
  unsigned words;
  std::size_t units;
};
inline constexpr Sizes without_index{28, most_granules}, with_index{96, most_units};

// The last violation's message, which begins with the ID of the invariant; empty if Relacy itself found the fault.
inline const char* violation = "";

template <Sizes sizes>
class RelacyAccesses {
 public:
  struct LoopHead {};
  static constexpr unsigned words = sizes.words;
  static constexpr std::size_t units = sizes.units;

  void begin() {}
  void end(Site) {}
  unsigned choose(unsigned options) { return rl::rand(options); }
  unsigned thread() const { return rl::thread_index(); }
  void retry(const Location& where) { rl::yield(1, here("retry", where)); }

  void set(unsigned slot, std::uint64_t value) {
    atomics_[slot].store(value, rl::mo_relaxed, here("image", Location::current()));
    newest_[slot] = value;
  }
  void own(std::size_t unit, Owner owner) { owners_[unit](here("image", Location::current())).store(owner); }

  Found load(unsigned slot, Order order, Site site, const Location& where) {
    const std::uint64_t value = atomics_[slot].load(standard(order), here(site, where));
    return {value, value == newest_[slot]};
  }
  void store(unsigned slot, std::uint64_t value, Order order, Site site, const Location& where) {
    atomics_[slot].store(value, standard(order), here(site, where));
    newest_[slot] = value;
  }
  Exchanged exchange(unsigned slot, std::uint64_t wanted, std::uint64_t value, Order order, Order failure, Site site,
                     const Location& where) {
    std::uint64_t found = wanted;
    if (atomics_[slot].compare_exchange(rl::bool_t<true>(), found, value, standard(order), standard(failure),
                                        here(site, where))) {
      newest_[slot] = value;
      return {found};
    }
    return {found, found == wanted ? Step::Kind::spurious_failure : Step::Kind::failed_exchange};
  }
  // Words are wide here: no sum of a scenario wraps.
  std::uint64_t fetch_add(unsigned slot, std::uint64_t value, std::uint64_t, Order order, Site site, const Location& where) {
    const std::uint64_t before = atomics_[slot].fetch_add(value, standard(order), here(site, where));
    newest_[slot] = before + value;
    return before;
  }
  Owner exchange_owner(unsigned unit, Owner owner, HandOver what, const Location& where) {
    const Owner was = owners_[unit](here(name(what), where)).load();
    owners_[unit](here(name(what), where)).store(owner);
    return was;
  }

  [[noreturn]] void fail(const char* message, const Location& where) const {
    violation = message;
    rl::ctx().fail_test(message, rl::test_result_user_assert_failed, here("check", where));
    std::abort();
  }

 private:
  static constexpr rl::memory_order standard(Order order) {
    constexpr std::array<rl::memory_order, 4> orders = {rl::mo_relaxed, rl::mo_acquire, rl::mo_release, rl::mo_acq_rel};
    return orders[static_cast<std::size_t>(order)];
  }

  std::array<rl::atomic<std::uint64_t>, words> atomics_;
  std::array<std::uint64_t, words> newest_{};
  std::array<rl::var<Owner>, units> owners_;
};

template <Sizes sizes>
using RelacyMemory = EngineMemory<RelacyAccesses<sizes>>;
template <Sizes sizes>
using RelacyStore = MemoryStore<RelacyMemory<sizes>>;

static_assert(Accesses<RelacyAccesses<with_index>> && EngineStore<RelacyStore<with_index>>);

}  // namespace rarena::models::relacy
