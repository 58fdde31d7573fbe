// The memory of one scenario run under the scheduler: words over the weak memory, payload granules with an owner and a race
// check.
//
// A table finds words by their place. A word that nothing has written is no word: to read it, or to read it as it was
// before its first write, is a violation (FL-2). The monitor sees the newest values and owners; it takes no part in the
// schedule.
//
// Thread safety: fibers. Invariants: FL-2 (known words only), SEG-1 (claims), SEG-3 (races on granules), PRG-1 (the
// scheduler's). No allocation after construction.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/words/word_store.hpp"
#include "models/engine/memory_store.hpp"
#include "models/engine/trace.hpp"
#include "models/scenario/monitor.hpp"
#include "models/scenario/scenario.hpp"
#include "scheduler.hpp"
#include "weak_memory.hpp"

namespace rarena::models::schedule {

// Guidance: counters of what followed what, and of what was read from whom.
using Counters = std::span<std::uint8_t>;

class ScheduleMemory {
 public:
  // `watch`: whether the invariants are checked after every write, or only ownership, races and the end.
  // `trace`: where every access is recorded, or nullptr. `counters`: empty, or a power of two of them.
  ScheduleMemory(Scheduler& scheduler, const Image& image, bool watch, const OrderTable& orders, Trace* trace,
                 Counters counters);
  ScheduleMemory(const ScheduleMemory&) = delete;
  ScheduleMemory& operator=(const ScheduleMemory&) = delete;

  // The image, before the threads start.
  void initialise();

  std::uint64_t load(Place place, Site site, const Location& where);
  void store(Place place, std::uint64_t value, Site site, const Location& where);
  bool compare_exchange_weak(Place place, std::uint64_t& expected, std::uint64_t value, Site site, const Location& where);
  std::uint64_t fetch_add(Place place, std::uint64_t value, std::uint64_t mask, Site site, const Location& where);
  struct LoopHead {};
  LoopHead loop_head() const { return {}; }
  void retry(LoopHead, const Location&) { scheduler_.retry(); }

  void claim(Extent extent, const Location& where);
  void release(Extent extent, const Location& where);
  void use(Extent extent, const Location& where);

  // Ends the execution as a violation unless the condition holds. `message` begins with the ID of an invariant.
  void check(bool condition, const char* message, const Location& = {}) {
    if (!condition) fail(message);
  }
  // What is wrong when all threads have ended, or nullptr.
  const char* wrong_at_end(const Outcome& outcome) const { return monitor_.at_end(image_, outcome); }
  // What was wrong before, or nullptr.
  const char* violation() const { return violation_; }

  const Image& image() const { return image_; }

  // For the monitor.
  const std::uint64_t* peek(Place place) const;
  bool owned(Extent extent) const;

 private:
  using Slot = WeakMemory::Slot;
  static constexpr std::size_t granules = most_granules, bytes = granules * granule;
  static constexpr Slot no_slot = 0;  // slot 0 is not used

  struct Granule {
    std::uint32_t owner = 0;
    WeakMemory::Use last_use;
  };

  [[noreturn]] void fail(const char* message);
  Slot slot_for(Place place);
  Slot known_slot(Place place);
  void set_owner(Extent extent, std::uint32_t owner);
  // Checks that every granule's owner is right and that its last use happens-before; makes `owner` the owner.
  template <class Right>
  void hand_over(const char* what, Extent extent, Right right, const char* wrong, std::uint32_t owner, const Location& where);

  WeakMemory::Origin origin(Site site) const {
    return static_cast<WeakMemory::Origin>(static_cast<unsigned>(site) * maximum_threads + scheduler_.thread() + 1);
  }
  void count(std::uint32_t what);
  // An access at `site` that read a message.
  void accessed(Site site, const WeakMemory::Read& read);
  void changed(Slot slot, Site site, Place place, std::uint64_t before);
  void record(Step::Kind kind, Site site, Place place, std::uint64_t before, std::uint64_t after, Order order,
              const Location& where) const {
    if (trace_) trace_->add({kind, scheduler_.thread(), row(site).name, place, before, after, order, where});
  }

  Scheduler& scheduler_;
  Image image_;
  Geometry geometry_;
  Monitor<ScheduleMemory> monitor_;
  OrderTable orders_;
  Trace* trace_;
  Counters counters_;
  bool watch_;
  const char* violation_ = nullptr;
  WeakMemory words_;
  Slot next_slot_ = 1;
  WeakMemory::Origin previous_ = 0;
  std::array<std::uint8_t, bytes / 4> slots_{};
  std::array<Granule, granules> granules_{};
};

// The word store over it. Thread safety: fibers.
using ScheduleStore = MemoryStore<ScheduleMemory>;

static_assert(EngineStore<ScheduleStore>);

}  // namespace rarena::models::schedule
