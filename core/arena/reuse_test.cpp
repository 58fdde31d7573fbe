// Options::reuse: where an allocation looks first.
#include <gtest/gtest.h>

#include <deque>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

constexpr Freelist reused_kinds[] = {Freelist::optimistic, Freelist::pessimistic};

Arena arena_with(Freelist kind, Reuse reuse) {
  return value_of(Arena::map_anon({.capacity = 1 << 20, .freelist = kind, .reuse = reuse}));
}

// What the cursor has passed over when a queue of 100 objects of one size has let 10^5 through.
std::uint64_t used_by_queue(const Arena& arena) {
  std::deque<Extent> queue;
  for (int i = 0; i < 100'000; ++i) {
    if (queue.size() == 100) {
      EXPECT_TRUE(arena.dealloc(queue.front().offset, queue.front().size));
      queue.pop_front();
    }
    queue.push_back(value_of(arena.allocate(64, 1, Fill::none)).segment);
  }
  return arena.allocated() - arena.data_offset();
}

TEST(Reuse, FirstKeepsAQueueSmall) {
  for (const Freelist kind : reused_kinds) {
    EXPECT_LE(used_by_queue(arena_with(kind, Reuse::first)), 64U * 1024);
    EXPECT_GT(used_by_queue(arena_with(kind, Reuse::at_exhaustion)), 900U * 1024) << "the policy of the crate";
  }
}

TEST(Reuse, FirstTakesWhatWasFreedAndTheCursorOnlyIfNothingFits) {
  for (const Freelist kind : reused_kinds) {
    const Arena arena = arena_with(kind, Reuse::first);
    const Extent freed = value_of(arena.allocate(100, 1, Fill::none)).segment;
    const Extent guard = value_of(arena.allocate(50, 1, Fill::none)).segment;
    ASSERT_TRUE(arena.dealloc(freed.offset, freed.size));
    EXPECT_GE(value_of(arena.allocate(101, 1, Fill::none)).segment.offset, guard.end()) << "too large for it";
    EXPECT_EQ(value_of(arena.allocate(100, 1, Fill::none)).segment, freed);
    EXPECT_GE(value_of(arena.allocate(100, 1, Fill::none)).segment.offset, guard.end()) << "nothing is free";
  }
}

TEST(Reuse, AnArenaWithoutAFreelistHasTheCursorOnly) {
  const Arena arena = value_of(Arena::alloc({.capacity = 1000, .freelist = Freelist::none, .reuse = Reuse::first}));
  const Extent first = value_of(arena.allocate(100, 1)).segment, second = value_of(arena.allocate(100, 1)).segment;
  ASSERT_TRUE(arena.dealloc(first.offset, first.size));
  EXPECT_EQ(value_of(arena.allocate(100, 1)).segment.offset, second.end());
}

}  // namespace
}  // namespace rarena::detail
