// Scenarios about the cursor. Invariants: SEG-1, SEG-3, CUR-1.
#pragma once

#include "models/scenario/scenario.hpp"

namespace rarena::models {

// Threads carve from the cursor at the same time; there is room for all but one call.
struct BumpVsBump {
  static constexpr Info info{.name = "bump_vs_bump",
                             .threads = 2,
                             .kinds = only_none,
                             .quick = {4, 100'000},
                             .full = {6, 1'000'000},
                             .about = "two threads allocate twice each from the cursor; one call must be refused",
                             .not_shown = "more than 2 threads"};
  static constexpr Image image(Freelist kind) { return Image(kind).room(3 * granule); }
  template <class Client>
  static void thread(Client& client, unsigned) {
    client.alloc(granule);
    client.alloc(granule);
  }
  static const char* expect(const Outcome& o) {
    return o.allocated() == 3 ? nullptr : "FL-4: room for three allocations, and not three succeeded";
  }
};

// The owner of the topmost segment gives it back while another thread carves behind it.
struct BumpVsGiveBack : InvariantsOnly {
  static constexpr Info info{.name = "bump_vs_give_back",
                             .threads = 2,
                             .kinds = only_none,
                             .quick = {4, 100'000},
                             .full = {6, 1'000'000},
                             .about = "one thread frees the topmost segment and allocates, the other allocates twice and frees",
                             .not_shown = "more than 2 threads"};
  static constexpr Image image(Freelist kind) { return Image(kind).owned(0, granule).room(2 * granule); }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0) {
      client.free(client.own());
      client.alloc(granule);
    } else {
      client.alloc_and_free(granule);
      client.alloc(2 * granule);
    }
  }
};

// A request near 2^32 bytes, beside an ordinary one: refused, and nothing moves.
struct HugeRequest {
  static constexpr Info info{.name = "huge_request",
                             .threads = 2,
                             .kinds = only_none,
                             .quick = {4, 20'000},
                             .full = {6, 200'000},
                             .about = "one thread asks for almost 2^32 bytes, which must be refused; the other allocates",
                             .not_shown = "other sizes"};
  static constexpr Image image(Freelist kind) { return Image(kind).owned(0, 2 * granule).room(granule); }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    client.alloc(i == 0 ? ~Size{0} - granule + 1 : granule);
  }
  static const char* expect(const Outcome& o) {
    return o.threads[0].refused == 1 && o.threads[1].allocated == 1 ? nullptr
                                                                    : "SEG-1: a request larger than the memory succeeded";
  }
};

// The bytes of one thread become another thread's through the cursor.
struct CursorHandOver : InvariantsOnly {
  static constexpr Info info{.name = "cursor_hand_over",
                             .threads = 3,
                             .kinds = only_none,
                             .quick = {4, 100'000},
                             .full = {6, 1'000'000},
                             .about = "two adjacent owners give back what they wrote, a third thread takes both ranges at once",
                             .not_shown = "more than one hand-over per byte"};
  static constexpr Image image(Freelist kind) { return Image(kind).owned(0, granule).owned(1, granule).room(0); }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i < 2)
      client.free(client.own());
    else
      client.alloc(2 * granule);
  }
};

using CursorScenarios = ScenarioList<BumpVsBump, BumpVsGiveBack, CursorHandOver, HugeRequest>;

}  // namespace rarena::models
