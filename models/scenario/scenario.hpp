// The scenario contract. A scenario is written once and every engine runs it.
//
// A scenario is a type with
//
//     static constexpr Info info                 name, threads, kinds, bounds; what it is for and what it does not show
//     static Image image(Freelist kind)          the state it starts from
//     template <class Client>
//     static void thread(Client& client, unsigned i)    what thread i does: calls of the allocator, through the client
//     static const char* expect(const Outcome&)  what is wrong at the end besides the invariants, or nullptr
//
// It knows no engine, allocates no memory, is small (a few granules, a few calls), and is a function of the schedule
// alone. The engine supplies the store; the client (client.hpp) runs the shipped allocator on it.
//
// Checked in every scenario, inside and at the end: SEG-1, SEG-2, SEG-3, FL-1, FL-2, FL-3 (monitor.hpp), PRG-1 as far as the
// engine can see a run without progress.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>

#include "image.hpp"

namespace rarena::models {

// Sets of freelist kinds.
inline constexpr unsigned only_none = 1U << static_cast<unsigned>(Freelist::none);
inline constexpr unsigned both_lists =
    1U << static_cast<unsigned>(Freelist::optimistic) | 1U << static_cast<unsigned>(Freelist::pessimistic);

constexpr bool contains(unsigned kinds, Freelist kind) { return (kinds >> static_cast<unsigned>(kind) & 1) != 0; }

// How far a preset goes: all schedules with at most 1, 2, ... `bound` context switches (0: none), then `random` random ones.
struct Effort {
  unsigned bound;
  std::uint64_t random;
};

struct Info {
  std::string_view name;
  unsigned threads;
  unsigned kinds;
  Effort quick;
  Effort full;
  std::string_view about;
  std::string_view not_shown;
  unsigned slab = 2;  // descriptors per slab
};

// What the threads hold when all have finished.
struct Outcome {
  struct Thread {
    std::array<Extent, 8> live{};
    unsigned live_count = 0;
    unsigned allocated = 0;  // successful allocations
    unsigned refused = 0;    // allocations that found no space
  };
  std::array<Thread, maximum_threads> threads{};

  constexpr unsigned allocated() const {
    unsigned sum = 0;
    for (const Thread& t : threads) sum += t.allocated;
    return sum;
  }
};

template <class S>
concept Scenario = requires(Freelist kind, const Outcome& outcome) {
  { S::info } -> std::convertible_to<Info>;
  { S::image(kind) } -> std::same_as<Image>;
  { S::expect(outcome) } -> std::same_as<const char*>;
};

// Base of a scenario that demands nothing at the end but the invariants.
struct InvariantsOnly {
  static const char* expect(const Outcome&) { return nullptr; }
};

// The scenarios of one file.
template <Scenario... S>
struct ScenarioList {};

}  // namespace rarena::models
