// Scenarios by size: threads x calls on a list of two segments, up to what an exhaustive engine finishes. A call is an
// allocation or a free. Two threads x two calls is two_allocators_two_segments.
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, PRG-1.
//
// A pinned segment on top keeps frees away from the cursor, so that the list is what is exercised.
#pragma once

#include "models/scenario/scenario.hpp"

namespace rarena::models {

struct ThreeThreadsOneCall {
  static constexpr Info info{.name = "three_threads_one_call",
                             .threads = 3,
                             .kinds = both_lists,
                             .quick = {1, 100'000},
                             .full = {2, 3'000'000},
                             .about = "two threads allocate, each wants one of the segments; the third frees one of its own",
                             .not_shown = "splits"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(3).free(2 * granule).free(3 * granule).owned(2, 2 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 2)
      client.free(client.own());
    else
      client.alloc((2 + i) * granule);
  }
  static const char* expect(const Outcome& o) {
    return o.allocated() >= 1 ? nullptr : "FL-4: fitting segments were there all the time, and nobody got one";
  }
};

// Thread i allocates 2 + i granules, frees them, and goes on with the other size.
template <unsigned Calls>
struct TwoThreads : InvariantsOnly {
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).free(3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    for (unsigned call = 0; call < Calls; call += 2) {
      const Size size = (2 + (i + call / 2) % 2) * granule;
      if (call + 1 < Calls)
        client.alloc_and_free(size);
      else
        client.alloc(size);
    }
  }
};

struct TwoThreadsThreeCalls : TwoThreads<3> {
  static constexpr Info info{.name = "two_threads_three_calls",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {1, 100'000},
                             .full = {2, 3'000'000},
                             .about = "each thread takes one of the segments, frees it and takes the other",
                             .not_shown = "splits"};
};

struct TwoThreadsFourCalls : TwoThreads<4> {
  static constexpr Info info{.name = "two_threads_four_calls",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {0, 100'000},
                             .full = {2, 3'000'000},
                             .about = "each thread takes and frees one of the segments, then the other",
                             .not_shown = "splits"};
};

struct ThreeThreadsTwoCalls : InvariantsOnly {
  static constexpr Info info{.name = "three_threads_two_calls",
                             .threads = 3,
                             .kinds = both_lists,
                             .quick = {0, 200'000},
                             .full = {0, 10'000'000},
                             .about = "three threads take a segment of two and free it again",
                             .not_shown = "splits"};
  static constexpr Image image(Freelist kind) { return TwoThreads<2>::image(kind); }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    client.alloc_and_free((2 + i % 2) * granule);
  }
};

using SizeScenarios = ScenarioList<ThreeThreadsOneCall, TwoThreadsThreeCalls, TwoThreadsFourCalls, ThreeThreadsTwoCalls>;

}  // namespace rarena::models
