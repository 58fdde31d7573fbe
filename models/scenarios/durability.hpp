// Scenarios about flushes: what is durable stays. Without a crash they show what the others show, so that they are for the
// crash analyses (models/crash).
// Invariants: REC-2; SEG-1 to SEG-3, FL-1.
#pragma once

#include "models/scenario/scenario.hpp"

namespace rarena::models {

struct FlushOfListed : InvariantsOnly {
  static constexpr Info info{.name = "flush_of_listed",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {3, 100'000},
                             .full = {4, 2'000'000},
                             .about = "one thread takes a segment from the list and makes it durable, the other frees its own",
                             .not_shown = "segments that are split"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).owned(1, 3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 1) return client.free(client.own());
    if (const auto segment = client.alloc(2 * granule)) client.flush_header_and(*segment);
  }
};

struct FlushOfBumped : InvariantsOnly {
  static constexpr Info info{
      .name = "flush_of_bumped",
      .threads = 2,
      .kinds = only_none | both_lists,
      .quick = {3, 100'000},
      .full = {4, 2'000'000},
      .about = "one thread bumps the cursor and makes its bytes durable, the other frees below or gives back, and allocates",
      .not_shown = "more than one flush"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(kind == Freelist::none ? 0 : 1).owned(1, 2 * granule).room(4 * granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0) {
      if (const auto segment = client.alloc(granule)) client.flush_header_and(*segment);
    } else {
      client.free(client.own());
      client.alloc(granule);
    }
  }
};

struct FlushOfEverything : InvariantsOnly {
  static constexpr Info info{
      .name = "flush_of_everything",
      .threads = 2,
      .kinds = both_lists,
      .quick = {2, 100'000},
      .full = {3, 2'000'000},
      .about = "one thread flushes everything and frees, the other allocates, flushes everything and allocates again",
      .not_shown = "more than one flush per thread"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).owned(0, 3 * granule).pinned(granule).room(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0) {
      client.flush();
      client.free(client.own());
    } else {
      client.alloc(granule);
      client.flush();
      client.alloc(2 * granule);
    }
  }
};

using DurabilityScenarios = ScenarioList<FlushOfListed, FlushOfBumped, FlushOfEverything>;

}  // namespace rarena::models
