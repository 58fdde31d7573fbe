// Scenarios about the sorted list: two threads at one place.
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, PRG-1.
//
// A pinned segment on top keeps frees away from the cursor, so that the list is what is exercised.
#pragma once

#include "models/scenario/scenario.hpp"

namespace rarena::models {

struct FreeVsAllocate : InvariantsOnly {
  static constexpr Info info{.name = "free_vs_allocate",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {2, 200'000},
                             .full = {3, 3'000'000},
                             .about = "one thread takes a segment and frees it, the other frees its own and allocates",
                             .not_shown = "lists longer than 2"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).owned(1, 3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0) {
      client.alloc_and_free(2 * granule);
    } else {
      client.free(client.own());
      client.alloc(2 * granule);
    }
  }
};

struct TwoAllocatorsOneSegment {
  static constexpr Info info{.name = "two_allocators_one_segment",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {4, 50'000},
                             .full = {6, 1'000'000},
                             .about = "two threads want the only segment; exactly one gets it",
                             .not_shown = "more than one segment"};
  static constexpr Image image(Freelist kind) { return Image(kind).descriptors(1).free(2 * granule); }
  template <class Client>
  static void thread(Client& client, unsigned) {
    client.alloc(2 * granule);
  }
  static const char* expect(const Outcome& o) {
    return o.allocated() == 1 ? nullptr : "FL-4: one segment, two takers, and not exactly one got it";
  }
};

struct TwoAllocatorsTwoSegments : InvariantsOnly {
  static constexpr Info info{.name = "two_allocators_two_segments",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {2, 100'000},
                             .full = {3, 3'000'000},
                             .about = "two threads take neighbours of the list and free them again",
                             .not_shown = "lists longer than 2"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).free(3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    client.alloc_and_free((2 + i) * granule);
  }
};

struct TwoFreesOnePosition : InvariantsOnly {
  static constexpr Info info{.name = "two_frees_one_position",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {4, 100'000},
                             .full = {5, 2'000'000},
                             .about = "two threads free segments of one size behind the same neighbour",
                             .not_shown = "frees at different positions"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(3).free(granule).owned(0, 2 * granule).owned(1, 2 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned) {
    client.free(client.own());
  }
};

struct SplitVsSplit {
  static constexpr Info info{.name = "split_vs_split",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {4, 100'000},
                             .full = {5, 2'000'000},
                             .about = "two threads split the same segment; its descriptor comes back for the remainder",
                             .not_shown = "more than 2 splits"};
  static constexpr Image image(Freelist kind) { return Image(kind).descriptors(1).free(4 * granule); }
  template <class Client>
  static void thread(Client& client, unsigned) {
    client.alloc(granule);
  }
  static const char* expect(const Outcome& o) {
    return o.allocated() >= 1 ? nullptr : "FL-4: nobody got a part of the segment";
  }
};

struct AlignedSplit {
  static constexpr Info info{
      .name = "aligned_split",
      .threads = 2,
      .kinds = both_lists,
      .quick = {2, 100'000},
      .full = {3, 2'000'000},
      .about = "an aligned request leaves padding and a remainder in the list while the other thread allocates",
      .not_shown = "alignments above 64"};
  static constexpr Image image(Freelist kind) { return Image(kind).descriptors(2).free(6 * granule); }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0)
      client.alloc(granule, 64);
    else
      client.alloc(granule);
  }
  static const char* expect(const Outcome& o) {
    return o.allocated() >= 1 ? nullptr : "FL-4: nobody got a part of the segment";
  }
};

using FreelistScenarios = ScenarioList<FreeVsAllocate, TwoAllocatorsOneSegment, TwoAllocatorsTwoSegments, TwoFreesOnePosition,
                                       SplitVsSplit, AlignedSplit>;

}  // namespace rarena::models
