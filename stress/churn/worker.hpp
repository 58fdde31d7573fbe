// Worker: one thread's seeded random operations on the arena, and its books of what it owns.
//
// Every live segment is painted; all of it is compared before any of it is given up, by whoever owns it then.
//
// Thread safety: one thread per worker; Exchange: any number. Invariants: SEG-1, FL-2 (checked: what is painted is there until
// it is given up; what is asked for is what is given).
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

#include "churn/beat.hpp"
#include "churn/target.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

// A violation; the text begins with the ID of an invariant.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Held {
  Extent segment;
  std::uint64_t serial = 0;  // what it is painted with
};

// Throws Violation if a byte of the segment's payload is not as it was painted.
void compare(const Target& target, const Held& held);

// Segments on their way from one worker to another.
class Exchange {
 public:
  static constexpr std::size_t slots = 16;

  // Leaves a segment, and takes what was there; what it was given, if somebody is at this slot.
  std::optional<Held> swap(std::size_t slot, std::optional<Held> held);
  // While no worker is at work.
  const std::optional<Held>& peek(std::size_t slot) const { return slots_[slot].held; }

 private:
  struct Slot {
    std::mutex mutex;
    std::optional<Held> held;
  };
  std::array<Slot, slots> slots_;
};

enum class Phase : std::uint8_t {
  mixed,
  exhaust,  // allocate until refused, then mostly at full
  discard,  // mixed, and the freelist is discarded now and then
  empty,    // free everything
};
inline constexpr std::size_t phases = 4;
constexpr const char* name(Phase phase) {
  constexpr std::array<const char*, phases> names = {"mixed", "exhaust", "discard", "empty"};
  return names[static_cast<std::size_t>(phase)];
}

struct Done {
  std::uint64_t allocations = 0, refusals = 0, frees = 0, partial_frees = 0, handed_over = 0, given_up = 0, list_discards = 0,
                flushes = 0;

  void add(const Done& other);
};

class Worker {
 public:
  Worker(Target& target, Exchange& exchange, Beat& beat, std::uint64_t seed, unsigned index, std::size_t most_held);

  // Throws Violation; whatever the target throws.
  void run(Phase phase, std::uint64_t operations);

  const std::vector<Held>& held() const { return held_; }
  const Done& tally() const { return tally_; }

 private:
  void step(Phase phase);
  bool allocate();
  void check_given(const Allocation& given, std::uint64_t size, std::uint64_t alignment, Fill fill) const;
  void ask_for_too_much();
  void free_some();
  void free_all();
  void free_part(Held held);
  void dealloc(Extent part);
  void hand_over();
  void give_up();
  void rarely(Phase phase);
  void discard_freelist();
  Held take_any();
  Size some_size();
  Size granular(Size bytes) const { return bytes / target_.granule() * target_.granule(); }

  Target& target_;
  Exchange& exchange_;
  Beat& beat_;
  Random random_;
  std::uint64_t serial_;
  std::size_t most_held_;
  std::vector<Held> held_;
  Done tally_;
};

}  // namespace rarena::stress
