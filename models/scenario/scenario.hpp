// A scenario: a client program (program.hpp) with a name, the kinds of freelist that it makes sense with, and what must hold at
// its end. It is data: every engine runs it, and models/catalogue has those that have names.
//
// A scenario is small, because engines are exhaustive: a few granules, a few calls. It is a function of the schedule alone.
// What it calls is the shipped allocator, through the client (client.hpp), over a store that the engine supplies.
//
// Checked in every scenario, inside and at the end: SEG-1, SEG-2, SEG-3, FL-1, FL-2, FL-3 (monitor.hpp), PRG-1 as far as the
// engine can see a run without progress. Thread safety: a value.
#pragma once

#include <string>

#include "outcome.hpp"
#include "program.hpp"

namespace rarena::models {

// A set of kinds of freelist.
class Freelists {
 public:
  constexpr Freelists(std::initializer_list<Freelist> kinds) {
    for (const Freelist kind : kinds) add(kind);
  }
  static constexpr Freelists all() {
    Freelists kinds = with_list();
    kinds.add(Freelist::none);
    return kinds;
  }
  static constexpr Freelists with_list() {
    Freelists kinds{};
    for (const Freelist kind : all_freelists)
      if (kind != Freelist::none) kinds.add(kind);
    return kinds;
  }
  constexpr void add(Freelist kind) { bits_ |= 1U << static_cast<unsigned>(kind); }
  constexpr bool contains(Freelist kind) const { return (bits_ >> static_cast<unsigned>(kind) & 1U) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

 private:
  unsigned bits_ = 0;
};

struct Scenario {
  std::string name = {};  // or the text of the program, where it has none
  Freelists freelists = Freelists::all();
  ClientProgram program = {};
  Expectation expect = {};
  std::string about = {}, not_shown = {};
  unsigned slab = 2;  // descriptors per slab

  unsigned threads() const { return static_cast<unsigned>(program.threads.size()); }
};

}  // namespace rarena::models
