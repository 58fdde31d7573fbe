// The accesses of a scenario under Relacy: words as rl::atomic, payload granules as race-checked rl::var. The memory around
// them is models/engine/memory.hpp; Relacy runs a step up to the next atomic access without switching.
//
// Thread safety: Relacy's fibers. Invariants: SEG-3 (races on granules).
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

class RelacyAccesses {
 public:
  struct LoopHead {};

  void begin() {}
  void end(Site) {}
  unsigned thread() const { return rl::thread_index(); }
  void retry(const Location& where) { rl::yield(1, here("retry", where)); }

  void set(unsigned slot, std::uint64_t value) {
    atomics_[slot].store(value, rl::mo_relaxed, here("image", Location::current()));
    newest_[slot] = value;
  }
  void own(std::size_t granule, Owner owner) { owners_[granule](here("image", Location::current())).store(owner); }

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
  Owner exchange_owner(unsigned granule, Owner owner, HandOver what, const Location& where) {
    const Owner was = owners_[granule](here(name(what), where)).load();
    owners_[granule](here(name(what), where)).store(owner);
    return was;
  }

  [[noreturn]] void fail(const char* message, const Location& where) const {
    violation = message;
    rl::ctx().fail_test(message, rl::test_result_user_assert_failed, here("check", where));
    std::abort();
  }

  // The last violation's message, which begins with the ID of the invariant; empty if Relacy itself found the fault.
  static inline const char* violation = "";

 private:
  static constexpr unsigned slots = 28;

  static constexpr rl::memory_order standard(Order order) {
    constexpr std::array<rl::memory_order, 4> orders = {rl::mo_relaxed, rl::mo_acquire, rl::mo_release, rl::mo_acq_rel};
    return orders[static_cast<std::size_t>(order)];
  }

  std::array<rl::atomic<std::uint64_t>, slots> atomics_;
  std::array<std::uint64_t, slots> newest_{};
  std::array<rl::var<Owner>, most_granules> owners_;
};

using RelacyMemory = EngineMemory<RelacyAccesses>;
using RelacyStore = MemoryStore<RelacyMemory>;

static_assert(Accesses<RelacyAccesses> && EngineStore<RelacyStore>);

}  // namespace rarena::models::relacy
