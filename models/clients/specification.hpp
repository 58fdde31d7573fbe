// The specification of concurrent clients: every call as a short sequence of atomic steps on an abstract state, and the
// outcomes of a program, by enumeration of the orders of these steps. It knows nothing of links, tags and memory orders.
//
//     state        the cursor; the list, sorted as FL-1 says; how many unused descriptors; how many discarded granules
//     allocate     look at the cursor, and take from it if there is room; else look at the list; else refused
//                  take what was found, if it is still there, else look again; put the rest back under its descriptor,
//                  or the descriptor onto the stack; put padding back as a free does
//     free         give back to the cursor if topmost; without a freelist, discard; else take an unused descriptor, else make
//                  a slab above the cursor, else one out of the segment; put the slab's others onto the stack; put the
//                  segment into the list, or a descriptor that has nothing to describe onto the stack. Slabs of 8 and more,
//                  which clients do not make, would also come out of another free segment with so much room
//     discard      look at the list; take the first, if it is still there; put its descriptor onto the stack; again, until
//                  the list is empty
//     merge        take a segment, and one by one those that are adjacent to what it has; put the descriptors of these onto the
//                  stack; give what it has to the cursor if topmost, or put it back; again, as often as it likes
//
// That a merge joins all is FL-5, and not asked of it here. An index changes where a search begins, so the steps are the same;
// but in an optimistic list hints, of which nothing is known, choose the root behind which an allocation looks first.
//
// A call is in transit while it holds a segment or a descriptor that is to go back to the list or the stack; a discard or a
// merge from the first segment that it takes until its end. A call decides when it looks at the cursor, the list or the stack,
// and when it takes what it found.
//
// Thread safety: one enumeration per thread of the system. Invariants: FL-1 and FL-4 as behaviour.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "models/scenario/scenario.hpp"

namespace rarena::models::clients {

// In granules. Nothing granted: {0, 0}.
struct Granules {
  std::uint16_t offset = 0, size = 0;
  friend bool operator==(const Granules&, const Granules&) = default;
};

// What a call has returned.
inline constexpr Granules not_returned{0, 0}, refused{0, 1}, done{0, 2};

// The end of a program: the results of the calls by thread, and the quiet state. An outcome is its text of bytes, for sets.
struct Outcomes {
  std::unordered_set<std::string> all;
  bool contains(const std::string& outcome) const { return all.contains(outcome); }
};

// What the results of a program and its final state are, as one outcome.
class OutcomeText {
 public:
  void add(std::uint16_t value) {
    text_ += static_cast<char>(value & 255U);
    text_ += static_cast<char>(value >> 8U);
  }
  void add(Granules g) {
    add(g.offset);
    add(g.size);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string describe(const ClientProgram& program, const std::string& outcome);

// Which orders of the steps count.
enum class Orders : std::uint8_t {
  steps,  // all
  calls,  // those in which every call ends before another begins
  // Those in which no call decides while another is in transit, no allocation misses what goes to the cursor between its look
  // at the cursor and its look at the list, and none takes what another segment was put in front of since it looked.
  quiet,
};

// Pairs of calls of which the first ends before the second begins; calls are numbered by thread, then in the thread's order.
class Before {
 public:
  void add(std::size_t first, std::size_t second) { rows_[second] |= static_cast<std::uint32_t>(1U << first); }
  std::uint32_t of(std::size_t second) const { return rows_[second]; }
  friend auto operator<=>(const Before&, const Before&) = default;

 private:
  std::array<std::uint32_t, maximum_threads * most_calls> rows_{};
};

// Whether a program is within what is specified: no call merges by itself, and sizes are granules.
inline bool is_specified(const ClientProgram& program) {
  return program.merging == Merging::on_request && program.unit == granule && program.chunk == 0;
}

class Specification {
 public:
  static constexpr std::size_t most_calls_of_all = maximum_threads * most_calls, longest_list = 24;

  // `slab`: descriptors made at a time.
  Specification(const ClientProgram& program, Freelist kind, unsigned slab);

  Outcomes outcomes(Orders orders, const Before& before = {}) const;

 private:
  class State;
  class Search;

  ClientProgram program_;
  Freelist kind_;
  std::uint16_t slab_, capacity_, begin_;  // begin: of the data
};

}  // namespace rarena::models::clients
