// Scenarios about the supply of descriptors, under contention. Invariants: FL-2, FL-3, SEG-1, SEG-2.
#pragma once

#include "models/scenario/scenario.hpp"

namespace rarena::models {

struct SpareStack : InvariantsOnly {
  static constexpr Info info{.name = "spare_stack",
                             .threads = 3,
                             .kinds = both_lists,
                             .quick = {1, 100'000},
                             .full = {1, 3'000'000},
                             .about = "pops of two frees and the push of an allocation meet on the stack of unused descriptors",
                             .not_shown = "more than one push"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(3).free(4 * granule).owned(0, 2 * granule).owned(1, 3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i < 2)
      client.free(client.own());
    else
      client.alloc(4 * granule);
  }
};

// Pops of one descriptor, its return, and its next pop: ABA on the head of the stack.
struct SpareStackReuse : InvariantsOnly {
  static constexpr Info info{.name = "spare_stack_reuse",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {1, 100'000},
                             .full = {2, 3'000'000},
                             .about = "a slow pop, while the other thread pops two descriptors and pushes the first back",
                             .not_shown = "more than 2 threads"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(3).owned(0, 2 * granule).owned(1, 3 * granule).owned(1, 4 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    client.free(client.own());
    if (i == 0) return;
    client.free(client.own(1));
    client.alloc(3 * granule);
  }
};

struct SlabFromCursor : InvariantsOnly {
  static constexpr Info info{
      .name = "slab_from_cursor",
      .threads = 2,
      .kinds = both_lists,
      .quick = {3, 100'000},
      .full = {4, 2'000'000},
      .about = "two frees find no unused descriptor and carve slabs while there is room above the cursor",
      .not_shown = "slabs of more than 2"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).owned(0, 2 * granule).owned(1, 2 * granule).pinned(granule).room(3 * granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned) {
    client.free(client.own());
  }
};

struct SlabFromSegment : InvariantsOnly {
  static constexpr Info info{.name = "slab_from_segment",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {3, 100'000},
                             .full = {4, 2'000'000},
                             .about = "two frees find neither unused descriptors nor room: the freed segments pay for them",
                             .not_shown = "slabs of more than 2"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).owned(0, 4 * granule).owned(1, 3 * granule).pinned(granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned) {
    client.free(client.own());
  }
};

// A snapshot follows links to descriptors that a moment ago were bytes without meaning.
struct WalkVsFree : InvariantsOnly {
  static constexpr Info info{
      .name = "walk_vs_free",
      .threads = 2,
      .kinds = both_lists,
      .quick = {3, 100'000},
      .full = {4, 2'000'000},
      .about = "one thread takes snapshots of list and spare stack, the other frees under fresh descriptors",
      .not_shown = "what a snapshot misses or repeats: nothing is promised"};
  static constexpr Image image(Freelist kind) {
    return Image(kind)
        .descriptors(1)
        .free(3 * granule)
        .owned(0, 2 * granule)
        .owned(0, 4 * granule)
        .pinned(granule)
        .room(3 * granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0) {
      client.free(client.own());
      client.free(client.own(1));
    } else {
      client.walk();
    }
  }
};

// What a snapshot must not count twice: the remainder of a split, which moves to another place of the list, a descriptor, which
// moves to the unused ones, and what is discarded.
struct GiveUpVsDiscard : InvariantsOnly {
  static constexpr Info info{.name = "give_up_vs_discard",
                             .threads = 2,
                             .kinds = both_lists,
                             .quick = {1, 100'000},
                             .full = {2, 2'000'000},
                             .about = "one thread gives its segment up, the other splits a free one and discards the list",
                             .not_shown = "more bytes given up than owned: that is one thread's own mistake"};
  static constexpr Image image(Freelist kind) {
    return Image(kind).descriptors(2).free(3 * granule).free(2 * granule).owned(0, 2 * granule);
  }
  template <class Client>
  static void thread(Client& client, unsigned i) {
    if (i == 0) {
      client.give_up(client.own());
    } else {
      client.alloc(2 * granule);
      client.discard_freelist();
    }
  }
};

using SupplyScenarios = ScenarioList<SpareStack, SpareStackReuse, SlabFromCursor, SlabFromSegment, WalkVsFree, GiveUpVsDiscard>;

}  // namespace rarena::models
