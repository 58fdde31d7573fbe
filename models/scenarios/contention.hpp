// Scenarios about the sorted list: recycled descriptors, threads that stopped, three at once.
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, PRG-1.
//
// A pinned segment on top keeps frees away from the cursor, so that the list is what is exercised.
#pragma once

#include "models/scenario/scenario.hpp"

namespace rarena::models {

// A descriptor leaves the list and comes back, with another segment, under a thread that still holds it.
struct DescriptorReuse : InvariantsOnly {
  static constexpr Info info{
      .name = "descriptor_reuse",
      .threads = 2,
      .kinds = both_lists,
      .quick = {2, 100'000},
      .full = {3, 3'000'000},
      .about = "ABA: a slow allocation, while the other thread takes both segments and frees one under its old descriptor",
      .not_shown = "reuse through the hands of a third thread"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).free(2 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    const auto first = client.alloc(2 * granule);
    if (i == 0) return;
    client.alloc(2 * granule);
    if (first) client.free(*first);
  }
};

// The same, with a third taker between.
struct DescriptorReuseByThree : InvariantsOnly {
  static constexpr Info info{.name = "descriptor_reuse_by_three",
                             .threads = 3,
                             .kinds = both_lists,
                             .quick = {0, 200'000},
                             .full = {1, 5'000'000},
                             .about = "ABA with a third thread that takes one of the segments",
                             .not_shown = "more than one free"};
  static constexpr Image image(Freelist kind) { return DescriptorReuse::image(kind); }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i < 2) return DescriptorReuse::thread(client, i);
    client.alloc(2 * granule);
  }
};

// A thread has marked a descriptor and stopped for ever before unlinking it.
struct AbandonedUnlink {
  static constexpr Info info{.name = "abandoned_unlink",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {2, 100'000},
                             .full = {3, 2'000'000},
                             .about = "a marked descriptor whose owner has stopped lies in everybody's way; all must finish",
                             .not_shown = "owners that stop at other places (the halting mode is for that)"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(3).abandoned(2 * granule).free(2 * granule).owned(1, 2 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0)
      client.alloc(2 * granule);
    else
      client.free(client.own());
  }
  static const char* expect(const Outcome& o) { return o.allocated() == 1 ? nullptr : "FL-4: a fitting segment was missed"; }
};

// Both threads pass a segment through the list: free, allocate, free again.
struct Recycle : InvariantsOnly {
  static constexpr Info info{.name = "recycle",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {1, 100'000},
                             .full = {1, 5'000'000},
                             .about = "two threads free, allocate and free again on a list that starts empty",
                             .not_shown = "lists longer than 2"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).owned(0, 2 * granule).owned(1, 3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    client.free(client.own());
    client.alloc_and_free((2 + i) * granule);
  }
};

struct DiscardVsFree : InvariantsOnly {
  static constexpr Info info{.name = "discard_vs_free",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {2, 100'000},
                             .full = {3, 2'000'000},
                             .about = "discard_freelist empties the list while the other thread frees and allocates",
                             .not_shown = "two threads that discard"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).owned(1, 3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0) return client.discard_freelist();
    client.free(client.own());
    client.alloc(2 * granule);
  }
};

struct ListHandOver {
  static constexpr Info info{
      .name = "list_hand_over",
      .threads = 3,
      .kinds = both_lists,
      .quick = {1, 100'000},
      .full = {2, 3'000'000},
      .about = "what one thread wrote in a segment happens-before the next owner's writes, past an unlink in between",
      .not_shown = "hand-over through the spare stack"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(2 * granule).owned(0, 2 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0)
      client.free(client.own());
    else
      client.alloc(2 * granule);
  }
  static const char* expect(const Outcome& o) {
    return o.allocated() >= 1 ? nullptr : "FL-4: a segment was there all the time, and nobody got it";
  }
};

struct Churn : InvariantsOnly {
  static constexpr Info info{.name = "churn",
                             .threads = 3,
                             .kinds = both_lists,
                             .quick = {0, 200'000},
                             .full = {0, 10'000'000},
                             .about = "three threads allocate (one of them splits) and free again",
                             .not_shown = "more than one round per thread"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(3).free(2 * granule).free(3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    client.alloc_and_free((i == 2 ? 1 : 2) * granule);
  }
};

using ContentionScenarios =
    ScenarioList<DescriptorReuse, DescriptorReuseByThree, AbandonedUnlink, Recycle, DiscardVsFree, ListHandOver, Churn>;

}  // namespace rarena::models
