// All client programs of a start and a size: every thread calls at least once, all threads together exactly so often.
//
// The calls are: allocate small, allocate large, free one's own (each that was not freed), and with a list discard_freelist; a
// start that merges has merge in place of that.
// Threads that start alike are interchangeable, so only one of the programs that differ by their names is made: threads are in
// the order of their calls.
//
// A start, in words of program.hpp, for three threads; with fewer, the others' segments are missing:
//
//     room    room 3                                                   everything comes from the cursor; no descriptors yet
//     list    descriptors 2, free 2, free 3, pinned 1                  the cursor is at its end; two segments, small 1, large 3
//     owned   owned 2 by 0, owned 2 by 1, owned 2 by 2, pinned 1, room 2    no descriptors: slabs come from the cursor or
//                                                                           from the freed segments
//     merge   as list                                                  the two segments are adjacent
//     index   index 4 3, and as merge                                  searches begin at boundaries
//
// Small is 1 granule; large is 2, with `list` 3, and 5 where neighbours must be joined for it. Thread safety: pure functions.
#pragma once

#include <functional>

#include "models/scenario/scenario.hpp"

namespace rarena::models::clients {

struct Start {
  std::string_view name;
  Freelists freelists;
  Size large;  // granules
  bool merges = false;
};

inline constexpr std::array starts = {
    Start{"room", Freelists::all(), 2}, Start{"list", Freelists::with_list(), 3}, Start{"owned", Freelists::with_list(), 2},
    Start{"merge", Freelists::with_list(), 5, true}, Start{"index", Freelists::with_list(), 5, true}};

// nullptr: there is none.
const Start* start_named(std::string_view name);

struct Generated {
  std::vector<ClientProgram> programs;
  std::uint64_t before_symmetry = 0;  // how many there are if the threads' names count
};

Generated generate(const Start& start, Freelist kind, unsigned threads, unsigned calls);

}  // namespace rarena::models::clients
