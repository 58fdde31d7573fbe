// Merging: what is adjacent becomes one, at the right moments, beside other threads, and without memory for it nothing is lost.
#include "../freelist/merge.hpp"

#include <gtest/gtest.h>

#include <functional>
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

constexpr IndexShape indexed{.window_shift = 12, .windows = 16, .first = 0, .roots = 32, .tables = 4};
constexpr Tuning automatic{.merging = Merging::automatic};
constexpr Freelist both[] = {Freelist::optimistic, Freelist::pessimistic};
using SizeList = std::vector<Size>;

template <class Store>
class MergeTest : public ::testing::Test {
 protected:
  // Adjacent segments of these sizes, in an arena whose cursor is at the end.
  static std::vector<Extent> adjacent(IndexedArena<Store>& arena, const SizeList& sizes) {
    std::vector<Extent> result;
    for (const Size size : sizes) result.push_back(arena.allocator.allocate({size, 1})->segment);
    arena.exhaust();
    return result;
  }
};
using MergeStores = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(MergeTest, MergeStores);

TYPED_TEST(MergeTest, AdjacentSegmentsBecomeOne) {
  for (const Freelist kind : both) {
    for (const IndexShape& shape : {IndexShape{}, indexed}) {
      IndexedArena<TypeParam> arena(kind, shape, {});
      arena.allocator.segments().reserve(8);
      const auto s = this->adjacent(arena, {40, 50, 60, 1, 70, 80, 1});
      for (const int i : {5, 1, 0, 4, 2}) arena.allocator.take_back(s[static_cast<std::size_t>(i)]);
      EXPECT_EQ(arena.sizes().size(), 5U);
      EXPECT_EQ(arena.allocator.segments().merge(), 3U);
      EXPECT_EQ(arena.sizes(), (SizeList{150, 150}));
      EXPECT_EQ(arena.spare(), 6U);
      EXPECT_EQ(arena.wrong_windows(), 0U);
      EXPECT_EQ(arena.allocator.segments().merge(), 0U);
    }
  }
}

TYPED_TEST(MergeTest, WhatEndsAtTheCursorGoesThere) {
  for (const Freelist kind : both) {
    IndexedArena<TypeParam> arena(kind, indexed, {});
    arena.allocator.segments().reserve(8);
    const Size before = arena.allocator.cursor().allocated();
    const Extent a = arena.allocator.allocate({40, 1})->segment, b = arena.allocator.allocate({50, 1})->segment,
                 c = arena.allocator.allocate({60, 1})->segment;
    arena.allocator.take_back(b);
    arena.allocator.take_back(a);
    arena.allocator.take_back(c);
    EXPECT_EQ(arena.allocator.segments().merge(), 2U);
    EXPECT_EQ(arena.allocator.cursor().allocated(), before);
    EXPECT_TRUE(arena.sizes().empty());
    EXPECT_EQ(arena.spare(), 8U);
  }
}

TYPED_TEST(MergeTest, ARefusalMergesFirstWhatItNeeds) {
  for (const Freelist kind : both) {
    for (const IndexShape& shape : {IndexShape{}, indexed}) {
      for (const Tuning& tuning : {automatic, Tuning{}}) {
        IndexedArena<TypeParam> arena(kind, shape, tuning);
        arena.allocator.segments().reserve(8);
        const auto s = this->adjacent(arena, {40, 50, 1, 70, 80, 1});
        for (const int i : {0, 1, 3, 4}) arena.allocator.take_back(s[static_cast<std::size_t>(i)]);
        const auto got = arena.allocator.allocate({90, 1});
        ASSERT_EQ(got.has_value(), tuning.merging == Merging::automatic);
        const Extent from = kind == Freelist::pessimistic ? s[0] : s[3];
        EXPECT_EQ(got ? got->segment.offset : from.offset, from.offset);
      }
    }
  }
}

// FL-5: the windows and the count of insertions keep a merge away only where it is vain.
// All that a merge joins which comes early may go to the cursor, and then the list has nothing.
TYPED_TEST(MergeTest, WhatAnEarlyMergeGivesToTheCursorIsTaken) {
  for (const Freelist kind : both) {
    IndexedArena<TypeParam> arena(kind, indexed, {.maximum_retries = 0, .merging = Merging::automatic});
    arena.allocator.segments().reserve(16);
    const SizeList sizes(12, 100);
    ASSERT_TRUE(arena.allocator.allocate({arena.allocator.remaining() - 12 * 100, 1}));
    const std::vector<Extent> live = this->adjacent(arena, sizes);
    arena.allocator.take_back(live[0]);
    arena.allocator.take_back(live[2]);
    ASSERT_FALSE(arena.allocator.allocate({200, 1})) << "from now on merges come early";
    for (const std::size_t i : {1U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U}) arena.allocator.take_back(live[i]);
    ASSERT_EQ(arena.allocator.remaining(), 100U);
    EXPECT_TRUE(arena.allocator.allocate({150, 1}));
  }
}

TYPED_TEST(MergeTest, NothingIsRefusedThatARunWouldServe) {
  for (const Freelist kind : both) {
    for (const IndexShape& shape : {IndexShape{}, indexed}) {
      IndexedArena<TypeParam> arena(kind, shape, automatic);
      Random random(3);
      std::vector<Extent> live;
      for (int i = 0; i < 20'000; ++i) {
        if (random.below(2) == 0 && !live.empty()) {
          std::swap(live[random.below(static_cast<Size>(live.size()))], live.back());
          arena.allocator.take_back(live.back());
          live.pop_back();
          continue;
        }
        const Size wanted = 1 + random.below(1000);
        if (const auto got = arena.allocator.allocate({wanted, 1})) {
          live.push_back(got->segment);
          continue;
        }
        ASSERT_LT(arena.allocator.remaining(), wanted) << "refused at step " << i;
        std::vector<Extent> free;
        arena.allocator.segments().walk([&](Extent e) { free.push_back(e); });
        std::ranges::sort(free, {}, &Extent::offset);
        std::uint64_t run = 0, end = 0;
        for (const Extent e : free) {
          run = e.offset == end ? run + e.size : e.size;
          end = e.end();
          ASSERT_LT(run, wanted) << "refused at step " << i;
        }
      }
      std::uint64_t bytes = 0;
      for (const Extent e : live) bytes += e.size;
      EXPECT_EQ(arena.live(), bytes);
      EXPECT_EQ(arena.wrong_windows(), 0U);
    }
  }
}

TYPED_TEST(MergeTest, ARefusalThatNothingHasChangedForDoesNotMergeAgain) {
  IndexedArena<TypeParam> arena(Freelist::pessimistic, indexed, automatic);
  arena.allocator.segments().reserve(4);
  const auto s = this->adjacent(arena, {40, 1, 50, 1});
  arena.allocator.take_back(s[0]);
  arena.allocator.take_back(s[2]);
  const Hints<TypeParam> hints(arena.memory.store(), arena.memory.geometry());
  const Offset cursor = arena.memory.geometry().capacity();
  EXPECT_TRUE(hints.may_help(80, cursor));
  EXPECT_FALSE(hints.may_help(5000, cursor)) << "the windows hold less";
  EXPECT_FALSE(arena.allocator.allocate({80, 1}));
  EXPECT_FALSE(hints.may_help(80, cursor));
  arena.allocator.take_back(s[1]);
  EXPECT_TRUE(hints.may_help(80, cursor));
  EXPECT_TRUE(arena.allocator.allocate({91, 1}));
}

// What goes back to the cursor may make a free segment the topmost one: FL-5 with the room above the cursor.
TYPED_TEST(MergeTest, AGivingBackIsReasonToLookAgain) {
  for (const Freelist kind : both) {
    IndexedArena<TypeParam> arena(kind, indexed, automatic);
    arena.allocator.segments().reserve(4);
    const Extent apart = arena.allocator.allocate({3000, 1})->segment;
    EXPECT_TRUE(arena.allocator.allocate({1, 1}));
    const Extent below = arena.allocator.allocate({5000, 1})->segment;
    const Extent topmost = arena.exhaust();
    arena.allocator.take_back(apart);
    arena.allocator.take_back(below);
    EXPECT_FALSE(arena.allocator.allocate({6000, 1}));
    const Hints<TypeParam> hints(arena.memory.store(), arena.memory.geometry());
    EXPECT_FALSE(hints.may_help(6000, arena.allocator.cursor().allocated())) << "a merge was complete, and joined nothing";
    arena.allocator.take_back(topmost);
    EXPECT_TRUE(hints.may_help(6000, arena.allocator.cursor().allocated())) << "what it has left ends at the cursor now";
    EXPECT_TRUE(arena.allocator.allocate({5000 + topmost.size, 1})) << "no window holds so much, and nothing was inserted";
  }
}

// Room that lets somebody else work between the walk of a merge and what it joins.
struct InterruptedRoom : HeapRoom {
  static inline std::function<void()> interruption;
  MergeOrder order(std::size_t count) {
    interruption();
    return HeapRoom::order(count);
  }
};

// A segment that ended at the cursor when it was looked at, and is put back because the cursor has moved, ends there again once
// that comes down.
TYPED_TEST(MergeTest, WhatTheCursorHasLeftIsNotCovered) {
  for (const Freelist kind : both) {
    IndexedArena<TypeParam> arena(kind, indexed, automatic);
    arena.allocator.segments().reserve(4);
    const Extent below = arena.allocator.allocate({100, 1})->segment, topmost = arena.allocator.allocate({50, 1})->segment;
    arena.allocator.take_back(below);
    arena.allocator.take_back(topmost);
    ASSERT_EQ(arena.allocator.cursor().allocated(), below.end());
    Extent between;
    InterruptedRoom::interruption = [&] { between = arena.allocator.allocate({20, 1})->segment; };
    const FreeSegments<TypeParam, InterruptedRoom> segments(arena.memory.store(), arena.memory.geometry(), kind, automatic);
    EXPECT_EQ(segments.merge(), 0U);
    arena.allocator.take_back(between);
    ASSERT_EQ(arena.allocator.cursor().allocated(), below.end());
    const Size most = arena.memory.geometry().capacity() - below.offset;
    EXPECT_TRUE(arena.allocator.allocate({most, 1})) << "no call is refused that a merge would serve";
  }
}

// No room: what a system without memory would say.
struct NoRoom {
  bool push(const SeenNode&) { return false; }
  void truncate(std::size_t) {}
  std::span<SeenNode> seen() { return {}; }
  MergeOrder order(std::size_t) { return {}; }
};
// Room for the walk, and none to sort.
struct NoOrder : HeapRoom {
  MergeOrder order(std::size_t) { return {}; }
};

template <class Room>
void merges_nothing() {
  IndexedArena<PlainStore> arena(Freelist::pessimistic, indexed, {});
  arena.allocator.segments().reserve(4);
  const Extent a = arena.allocator.allocate({40, 1})->segment, b = arena.allocator.allocate({50, 1})->segment;
  arena.exhaust();
  arena.allocator.take_back(a);
  arena.allocator.take_back(b);
  const FreeSegments<PlainStore, Room> segments(arena.memory.store(), arena.memory.geometry(), Freelist::pessimistic,
                                                automatic);
  EXPECT_EQ(segments.merge(), 0U);
  EXPECT_FALSE(segments.take({90, 1}));
  EXPECT_EQ(arena.sizes(), (SizeList{40, 50}));
  EXPECT_TRUE((Hints<PlainStore>(arena.memory.store(), arena.memory.geometry()).may_help(90, 0))) << "it was not complete";
}

TEST(MergeWithoutMemory, IsNone) {
  merges_nothing<NoRoom>();
  merges_nothing<NoOrder>();
}

// An allocation that is served joins too, once much has been freed.
TEST(Merge, ComesBeforeItIsNeeded) {
  for (const Freelist kind : both) {
    for (const Merging merging : {Merging::automatic, Merging::on_request}) {
      IndexedArena<PlainStore> arena(kind, indexed, {.merging = merging});
      arena.allocator.segments().reserve(400);
      std::vector<Extent> s;
      for (int i = 0; i < 300; ++i) s.push_back(arena.allocator.allocate({40, 1})->segment);
      arena.exhaust();
      for (const Extent segment : s) arena.allocator.take_back(segment);
      ASSERT_EQ(arena.sizes().size(), 300U);
      EXPECT_TRUE(arena.allocator.allocate({40, 1}));
      EXPECT_EQ(arena.sizes().size(), merging == Merging::automatic ? 1U : 299U);
    }
  }
}

// Beside a merge none begins that nobody needs; one for a request does.
TEST(Merge, ThatNobodyNeedsRunsAlone) {
  IndexedArena<PlainStore> arena(Freelist::pessimistic, indexed, automatic);
  arena.allocator.segments().reserve(400);
  std::vector<Extent> s;
  for (int i = 0; i < 300; ++i) s.push_back(arena.allocator.allocate({40, 1})->segment);
  arena.exhaust();
  for (const Extent segment : s) arena.allocator.take_back(segment);
  arena.memory.store().store(arena.memory.geometry().merging(), 1U, Site::hint_store);
  EXPECT_TRUE(arena.allocator.allocate({40, 1}));
  EXPECT_EQ(arena.sizes().size(), 299U);
  EXPECT_TRUE(arena.allocator.allocate({80, 1}));
  EXPECT_EQ(arena.sizes().size(), 1U);
}

// What has become a descriptor stays one, so it must not lie between what is freed.
TEST(Descriptors, LieInFewPlaces) {
  for (const Freelist kind : both) {
    IndexedArena<PlainStore> arena(kind, indexed, automatic);
    const Extent large = arena.allocator.allocate({16'000, 1})->segment;
    std::vector<Extent> s;
    while (const auto small = arena.allocator.allocate({24, 1})) s.push_back(small->segment);
    arena.exhaust();
    arena.allocator.take_back(large);
    for (std::size_t i = 1; i < s.size(); i += 2) arena.allocator.take_back(s[i]);
    const auto is_descriptor = [&](Offset place) {
      bool is = false;
      arena.allocator.segments().walk_all([&](Extent e) { is = is || (e.offset == place && e.size == descriptor_size); });
      return is;
    };
    std::size_t broken = 0;
    for (std::size_t i = 1; i < s.size(); i += 2)
      broken += is_descriptor(static_cast<Offset>(align_up(s[i].offset, descriptor_size)));
    EXPECT_LE(broken, 1U) << "of " << s.size() / 2 << ": one before there was any descriptor";
  }
}

// As many nodes as an array has room for: the first three segments, and what two of them stand right behind.
TEST(MergeWithoutMemory, JoinsWhatItHasSeen) {
  IndexedArena<PlainStore> arena(Freelist::pessimistic, indexed, {});
  arena.allocator.segments().reserve(8);
  std::vector<Extent> s;
  for (const Size size : {30U, 40U, 1U, 50U, 60U}) s.push_back(arena.allocator.allocate({size, 1})->segment);
  arena.exhaust();
  for (const int i : {0, 1, 3, 4}) arena.allocator.take_back(s[static_cast<std::size_t>(i)]);
  const FreeSegments<PlainStore, ArrayRoom<5>> segments(arena.memory.store(), arena.memory.geometry(), Freelist::pessimistic,
                                                        {});
  EXPECT_EQ(segments.merge(), 1U);
  EXPECT_EQ(arena.sizes(), (SizeList{50, 60, 70}));
}

// Painted bytes, refusals, merges on request: nobody's bytes change, and every byte is accounted for.
TEST(Merge, BesideThreadsThatAllocateAndFree) {
  for (const Freelist kind : both) {
    for (const Size capacity : {Size{12 * 1024}, Size{128 * 1024}}) {
      IndexedArena<AtomicStore> arena(kind, IndexShape::usual(capacity), {.merging = Merging::automatic, .walk = 2}, capacity);
      std::uint64_t live_bytes = 0, wrong = 0;
      std::vector<std::vector<Extent>> lives(4);
      std::vector<std::uint64_t> wrongs(4);
      {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < 4; ++t)
          threads.emplace_back([&, t] {
            Random random(t + 1);
            std::vector<Extent>& live = lives[t];
            const auto color = static_cast<std::byte>(t + 1);
            for (int i = 0; i < 10'000; ++i) {
              if (random.below(500) == 0) (void)arena.allocator.segments().merge();
              if (random.below(2) == 0) {
                const auto got = arena.allocator.allocate({1 + random.below(200), 1U << random.below(4)});
                if (!got) continue;
                std::fill_n(arena.memory.data() + got->segment.offset, got->segment.size, color);
                live.push_back(got->segment);
              } else if (!live.empty()) {
                std::swap(live[random.below(static_cast<Size>(live.size()))], live.back());
                const Extent e = live.back();
                live.pop_back();
                wrongs[t] += e.size - static_cast<std::uint64_t>(
                                          std::count(arena.memory.data() + e.offset, arena.memory.data() + e.end(), color));
                arena.allocator.take_back(e);
              }
            }
          });
      }
      for (unsigned t = 0; t < 4; ++t) {
        wrong += wrongs[t];
        for (const Extent e : lives[t]) live_bytes += e.size;
      }
      EXPECT_EQ(wrong, 0U);
      EXPECT_EQ(arena.live(), live_bytes);
      EXPECT_EQ(arena.wrong_windows(), 0U);
    }
  }
}

}  // namespace
}  // namespace rarena::detail
