// The accesses of a scenario under the scheduler: words over the weak memory, units of payload with a race check. The memory
// around them is models/engine/memory.hpp.
//
// Thread safety: fibers. Invariants: FL-2 (no word as it was before its first write), SEG-3 (races on units), PRG-1 (the
// scheduler's). No allocation after construction.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "models/engine/memory.hpp"
#include "models/engine/memory_store.hpp"
#include "scheduler.hpp"
#include "weak_memory.hpp"

namespace rarena::models::schedule {

// Guidance: counters of what followed what, and of what was read from whom.
using Counters = std::span<std::uint8_t>;

class ScheduleAccesses {
 public:
  struct LoopHead {};
  static constexpr unsigned words = WeakMemory::slots;
  static constexpr std::size_t units = most_units;

  // `counters`: empty, or a power of two of them.
  ScheduleAccesses(Scheduler& scheduler, Counters counters) : scheduler_(scheduler), counters_(counters) {}

  // A new execution.
  void reset();
  // What was wrong in it, or nullptr.
  const char* violation() const { return violation_; }
  // Reads of another thread's writes that do not synchronize with them, in the order in which they happened.
  struct Unsynchronized {
    Site write, read;
  };
  std::span<const Unsynchronized> unsynchronized() const { return {unsynchronized_.data(), unsynchronized_count_}; }

  void begin() {
    age_ = scheduler_.step();
    read_ = {};
  }
  void end(Site site);
  // By the byte that an access takes.
  unsigned choose(unsigned options) { return static_cast<unsigned>(scheduler_.step()) % options; }
  unsigned thread() const { return scheduler_.thread(); }
  void retry(const Location&) { scheduler_.retry(); }

  void set(unsigned slot, std::uint64_t value) { words_.initialise(slot, value); }
  void own(std::size_t unit, Owner owner) { units_[unit] = {owner, {}}; }

  Found load(unsigned slot, Order order, Site site, const Location& where);
  void store(unsigned slot, std::uint64_t value, Order order, Site site, const Location& where);
  Exchanged exchange(unsigned slot, std::uint64_t wanted, std::uint64_t value, Order order, Order failure, Site site,
                     const Location& where);
  std::uint64_t fetch_add(unsigned slot, std::uint64_t value, std::uint64_t mask, Order order, Site site,
                          const Location& where);
  Owner exchange_owner(unsigned unit, Owner owner, HandOver what, const Location& where);

  [[noreturn]] void fail(const char* message, const Location&) {
    violation_ = message;
    scheduler_.abandon();
  }

 private:
  struct Unit {
    Owner owner = nobody;
    WeakMemory::Use last_use;
  };
  // Where a message was written: 0 before the threads ran, else a site and a thread.
  WeakMemory::Origin origin(Site site) const {
    return static_cast<WeakMemory::Origin>(static_cast<unsigned>(site) * maximum_threads + scheduler_.thread() + 1);
  }
  void count(std::uint32_t what);
  void note_unsynchronized(Site read);

  Scheduler& scheduler_;
  Counters counters_;
  const char* violation_ = nullptr;
  WeakMemory words_;
  Age age_ = Age::newest;
  WeakMemory::Read read_;  // of the access under way
  WeakMemory::Origin previous_ = 0;
  std::array<Unit, units> units_{};
  std::array<Unsynchronized, 256> unsynchronized_{};
  std::size_t unsynchronized_count_ = 0;
};

using ScheduleMemory = EngineMemory<ScheduleAccesses>;
using ScheduleStore = MemoryStore<ScheduleMemory>;

static_assert(Accesses<ScheduleAccesses> && EngineStore<ScheduleStore>);

}  // namespace rarena::models::schedule
