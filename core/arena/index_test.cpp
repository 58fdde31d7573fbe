// The index: a search that begins at a boundary finds what a walk of the whole list finds, and tables grow as they are wanted.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>
#include <vector>

#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "arena_test_support.hpp"
#include "freelist_test_support.hpp"

namespace rarena::detail {
namespace {

using testing_support::IndexedArena;
using testing_support::Random;

constexpr IndexShape with_tables{.window_shift = 12, .windows = 16, .first = 0, .roots = 32, .tables = 40};
constexpr Freelist kinds[] = {Freelist::optimistic, Freelist::pessimistic};

template <class Store>
class IndexTest : public ::testing::Test {};
using IndexStores = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(IndexTest, IndexStores);

TYPED_TEST(IndexTest, EmptyListsHaveNoSegments) {
  for (const Freelist kind : kinds) {
    IndexedArena<TypeParam> arena(kind, with_tables, {});
    EXPECT_TRUE(arena.sizes().empty());
    arena.exhaust();
    EXPECT_FALSE(arena.allocator.allocate({1, 1}));
  }
}

// Every choice is that of a list without boundaries: the first, or the first that fits.
TYPED_TEST(IndexTest, ChoosesWhatAWalkWouldChoose) {
  for (const Freelist kind : kinds) {
    for (const Size walk : {0U, 3U, 32U}) {
      IndexedArena<TypeParam> arena(kind, with_tables, {.walk = walk});
      Random random(7);
      std::vector<Extent> live;
      for (int i = 0; i < 400; ++i) live.push_back(arena.allocator.allocate({1 + random.below(100), 1})->segment);
      arena.exhaust();
      for (int i = 0; i < 4000; ++i) {
        const std::vector<Size> before = arena.sizes();
        if (!live.empty() && random.below(2) == 0) {
          std::swap(live[random.below(static_cast<Size>(live.size()))], live.back());
          arena.allocator.take_back(live.back());
          live.pop_back();
          continue;
        }
        const Size wanted = 1 + random.below(120);
        const auto fits = [&](Size size) { return size >= wanted; };
        const auto found = kind == Freelist::optimistic ? before.begin() : std::ranges::find_if(before, fits);
        const bool served = found != before.end() && fits(*found);
        const Size expected = served ? (*found - wanted >= 16 ? wanted : *found) : 0;
        const auto got = arena.allocator.allocate({wanted, 1});
        ASSERT_EQ(got.has_value(), served) << wanted;
        if (!got) continue;
        ASSERT_EQ(got->segment.size, expected);
        live.push_back(got->segment);
      }
      const std::vector<Size> sizes = arena.sizes();
      EXPECT_TRUE(kind == Freelist::optimistic ? std::ranges::is_sorted(sizes, std::greater()) : std::ranges::is_sorted(sizes));
      EXPECT_EQ(arena.wrong_windows(), 0U);
      if (walk < 32 || kind == Freelist::pessimistic) {
        EXPECT_NE(arena.tables(), 0U) << walk;
      }
    }
  }
}

TYPED_TEST(IndexTest, ALongWalkMakesATableAndAFullRegionMakesNoMore) {
  for (const Freelist kind : kinds) {
    IndexShape shape = with_tables;
    shape.tables = 2;
    IndexedArena<TypeParam> arena(kind, shape, {.walk = 2});
    arena.allocator.segments().reserve(64);
    std::vector<Extent> segments;
    for (Size size = 64; size < 128; ++size) segments.push_back(arena.allocator.allocate({size, 1})->segment);
    arena.exhaust();
    EXPECT_EQ(arena.tables(), 0U);
    // What comes later stands behind what is there.
    if (kind == Freelist::optimistic) std::ranges::reverse(segments);
    for (const Extent segment : segments) arena.allocator.take_back(segment);
    EXPECT_EQ(arena.tables(), 2U);
    EXPECT_EQ(arena.sizes().size(), segments.size());
    const SizeIndex<TypeParam, Pessimistic> index(arena.memory.store(), arena.memory.geometry());
    EXPECT_EQ(index.slot(100).shift, 2U) << "64 to 127 in 16 ranges of 4";
    EXPECT_EQ(index.slot(100).low, 100U);
    EXPECT_EQ(index.slot(200).shift, 7U) << "nobody walked there";
  }
}

// A power of two that comes late finds a table that finer ranges have left.
TYPED_TEST(IndexTest, SomeTablesAreKeptForPowersOfTwo) {
  IndexShape shape = with_tables;
  shape.tables = 8;
  IndexedArena<TypeParam> arena(Freelist::pessimistic, shape, {.walk = 2});
  arena.allocator.segments().reserve(400);
  std::vector<Extent> early, late;
  for (Size size = 64; size < 128; ++size)
    for (int i = 0; i < 3; ++i) early.push_back(arena.allocator.allocate({size, 1})->segment);
  for (Size size = 1024; size < 1030; ++size) late.push_back(arena.allocator.allocate({size, 1})->segment);
  arena.exhaust();
  for (int i = 0; i < 3; ++i)
    for (std::size_t each = static_cast<std::size_t>(i); each < early.size(); each += 3) arena.allocator.take_back(early[each]);
  EXPECT_EQ(arena.tables(), 6U) << "the power of two, and 5 of its 16 ranges";
  for (const Extent segment : late) arena.allocator.take_back(segment);
  EXPECT_EQ(arena.tables(), 7U);
}

TYPED_TEST(IndexTest, TheLargestIsFoundThroughAHintHoweverWrong) {
  for (const Size hint : {0U, 20U, 0xffffffffU}) {
    IndexedArena<TypeParam> arena(Freelist::optimistic, with_tables, {});
    arena.allocator.segments().reserve(8);
    std::vector<Extent> segments;
    for (const Size size : {30U, 3000U, 300U}) {
      segments.push_back(arena.allocator.allocate({size, 1})->segment);
      arena.allocator.allocate({1, 1}).value();
    }
    arena.exhaust();
    for (const Extent segment : segments) arena.allocator.take_back(segment);
    arena.memory.store().store(arena.memory.geometry().largest(), hint, Site::hint_store);
    EXPECT_EQ(arena.allocator.allocate({3000, 1})->segment.size, 3000U) << hint;
  }
}

// Threads make tables side by side; nothing is lost, and the order holds.
TEST(Index, TablesAreMadeByManyThreadsAtOnce) {
  for (const Freelist kind : kinds) {
    IndexedArena<AtomicStore> arena(kind, IndexShape::usual(256 * 1024), {.walk = 1}, 256 * 1024);
    {
      std::vector<std::jthread> threads;
      for (unsigned t = 0; t < 3; ++t)
        threads.emplace_back([&, t] {
          Random random(t);
          std::vector<Extent> live;
          for (int i = 0; i < 20'000; ++i) {
            if (live.size() < 200 && random.below(2) == 0) {
              if (const auto got = arena.allocator.allocate({1 + random.below(300), 1})) live.push_back(got->segment);
            } else if (!live.empty()) {
              std::swap(live[random.below(static_cast<Size>(live.size()))], live.back());
              arena.allocator.take_back(live.back());
              live.pop_back();
            }
          }
          for (const Extent segment : live) arena.allocator.take_back(segment);
        });
    }
    const std::vector<Size> sizes = arena.sizes();
    EXPECT_TRUE(kind == Freelist::optimistic ? std::ranges::is_sorted(sizes, std::greater()) : std::ranges::is_sorted(sizes));
    EXPECT_EQ(arena.live(), 0U);
    EXPECT_EQ(arena.wrong_windows(), 0U);
    EXPECT_NE(arena.tables(), 0U);
  }
}

}  // namespace
}  // namespace rarena::detail
