// Exclusive operations in every combination of arena, memory and freelist: rebuild, compact_freelist, rewind, clear.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class Exclusive : public EveryArena {
 protected:
  static constexpr Options options{.capacity = 4096, .reserved = 3, .minimum_segment_size = 20};
  static bool keeps_a_list() { return GetParam().freelist != Freelist::none; }
};
INSTANTIATE_TEST_SUITE_P(All, Exclusive, ::testing::ValuesIn(combinations()), combination_name);

std::uint64_t total(const std::vector<Extent>& segments) {
  std::uint64_t bytes = 0;
  for (const Extent segment : segments) bytes += segment.size;
  return bytes;
}

// Allocates until the arena is full, and frees every other segment.
template <class A>
std::vector<Extent> half_full(const A& arena, Random& random) {
  std::vector<Extent> live;
  while (const auto got = arena.allocate(10 + random.below(90), 1U << random.below(4), Fill::none))
    live.push_back(got->segment);
  for (std::size_t i = 0; i < live.size(); ++i) {
    give(arena, live[i]);
    live.erase(live.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (const Extent segment : live) paint(arena, segment, segment.offset);
  return live;
}

template <class A>
void expect_painted(const A& arena, const std::vector<Extent>& live) {
  for (const Extent segment : live) EXPECT_TRUE(painted(arena, segment, segment.offset)) << segment.offset;
}

TEST_P(Exclusive, RebuildMakesEverythingElseFree) {
  run(options, [&](auto arena) {
    Random random(1);
    std::vector<Extent> live = half_full(arena, random);
    expect_exact(arena, total(live));
    live.erase(live.begin() + 3);  // as lost by a crash
    live.pop_back();
    std::vector<Extent> shuffled(live.rbegin(), live.rend());
    ASSERT_TRUE(arena.rebuild(shuffled));
    expect_exact(arena, total(live));
    expect_painted(arena, live);
    EXPECT_GE(arena.allocated(), live.back().end());
    if (keeps_a_list()) {
      EXPECT_FALSE(arena.free_segments().empty());
      EXPECT_LT(arena.discarded(), 40 * live.size());
    }
    while (const auto got = arena.allocate(20, 1, Fill::none)) paint(arena, got->segment, 0xee);
    expect_painted(arena, live);
  });
}

TEST_P(Exclusive, ARebuildThatFailsChangesNothing) {
  run(options, [&](auto arena) {
    Random random(2);
    const std::vector<Extent> live = half_full(arena, random);
    const auto free = arena.free_segments();
    std::vector<Extent> wrong = live;
    wrong.push_back({live.front().offset + 1, 2});
    EXPECT_EQ(arena.rebuild(wrong).error().code, ErrorCode::overlapping_segments);
    wrong.back() = {arena.allocated(), 1};
    EXPECT_EQ(arena.rebuild(wrong).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.free_segments(), free);
    expect_exact(arena, total(live));
  });
}

TEST_P(Exclusive, RebuildWithNothingLiveIsAFreshArena) {
  run(options, [&](auto arena) {
    Random random(3);
    half_full(arena, random);
    ASSERT_TRUE(arena.rebuild({}));
    EXPECT_EQ(arena.allocated(), arena.data_offset());
    EXPECT_EQ(arena.discarded(), 0U);
    expect_exact(arena, 0);
  });
}

TEST_P(Exclusive, CompactionJoinsNeighbours) {
  run(options, [&](auto arena) {
    const auto segments = take_all(arena, {40, 50, 60, 70, 80});
    const Extent fence = take(arena, 100);
    const Extent top = take(arena, 30);
    const Size before = arena.allocated();
    take(arena, 24);
    for (const std::size_t i : {1U, 3U, 2U}) give(arena, segments[i]);
    give(arena, top);
    ASSERT_TRUE(arena.compact_freelist());
    expect_order(arena);
    if (!keeps_a_list()) return;
    const auto free = arena.free_segments();
    ASSERT_EQ(free.size(), 2U);
    const Extent joined = GetParam().freelist == Freelist::optimistic ? free[0] : free[1];
    EXPECT_EQ(joined, (Extent{segments[1].offset, 180}));
    expect_exact(arena, segments[0].size + segments[4].size + fence.size + 24U);
    EXPECT_GT(arena.allocated(), before);
  });
}

TEST_P(Exclusive, CompactionGivesTheTopmostBack) {
  run({.capacity = 1024, .descriptor_reserve = 16}, [&](auto arena) {
    const auto segments = take_all(arena, {100, 100, 100});
    give(arena, segments[1]);
    give(arena, segments[2]);  // to the cursor; what is below it stays in the list
    ASSERT_TRUE(arena.compact_freelist());
    if (!keeps_a_list()) return;
    EXPECT_TRUE(arena.free_segments().empty());
    EXPECT_EQ(arena.allocated(), segments[0].end());
    expect_exact(arena, 100);
  });
}

TEST_P(Exclusive, RewindLeavesNothingAboveTheCursor) {
  run(options, [&](auto arena) {
    for (Size position = arena.capacity(); position > arena.data_offset(); position -= std::min<Size>(position, 331)) {
      Random random(position);
      half_full(arena, random);
      if (position > arena.allocated() || position < arena.data_offset()) continue;
      ASSERT_TRUE(arena.rewind(ArenaPosition::start(position)));
      EXPECT_EQ(arena.allocated(), position);
      for (const Extent segment : arena.free_segments()) EXPECT_LE(segment.end(), position);
      expect_order(arena);
      for (int i = 0; i < 50; ++i) {
        const auto got = arena.allocate(30, 1, Fill::none);
        if (!got) break;
        for (const Extent segment : arena.free_segments())
          EXPECT_TRUE(segment.end() <= got->segment.offset || got->segment.end() <= segment.offset);
      }
    }
  });
}

TEST_P(Exclusive, PositionsAreCountedFromStartEndAndCursor) {
  run(options, [&](auto arena) {
    take(arena, 300);
    const Size top = arena.allocated();
    ASSERT_TRUE(arena.rewind(ArenaPosition::current(-100)));
    EXPECT_EQ(arena.allocated(), top - 100);
    ASSERT_TRUE(arena.rewind(ArenaPosition::end(arena.capacity() - (top - 150))));
    EXPECT_EQ(arena.allocated(), top - 150);
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(top - 200)));
    EXPECT_EQ(arena.allocated(), top - 200);
    for (const auto position : {ArenaPosition::current(1), ArenaPosition::start(arena.data_offset() - 1),
                                ArenaPosition::current(-5000), ArenaPosition::end(5000), ArenaPosition::end(0),
                                ArenaPosition::start(~std::uint64_t{0}), ArenaPosition::end(~std::uint64_t{0})})
      EXPECT_EQ(arena.rewind(position).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.allocated(), top - 200);
  });
}

TEST_P(Exclusive, ClearIsAFreshArena) {
  run(options, [&](auto arena) {
    const Size fresh = arena.allocated(), spare = arena.spare_descriptors();
    Random random(4);
    half_full(arena, random);
    ASSERT_TRUE(arena.clear());
    EXPECT_EQ(arena.allocated(), fresh);
    EXPECT_EQ(arena.spare_descriptors(), spare);
    EXPECT_TRUE(arena.free_segments().empty());
    expect_exact(arena, 0);
    EXPECT_EQ(arena.minimum_segment_size(), 20U);
  });
}

// A patch of user bytes over a descriptor, as an overrun makes it.
TEST_P(Exclusive, DamagedListsAreRefusedAndChangeNothing) {
  if (!keeps_a_list()) return;
  run(options, [&](auto arena) {
    const auto segments = take_all(arena, {100, 100, 100});
    take(arena, 50);
    give(arena, segments[1]);
    const auto spares = arena.spare_descriptors();
    const Offset descriptor = static_cast<Offset>(align_up(arena.data_offset(), descriptor_size));
    std::memset(arena.get_pointer(descriptor), 0xaa, descriptor_size);
    EXPECT_FALSE(arena.compact_freelist());
    EXPECT_FALSE(arena.rewind(ArenaPosition::current(-10)));
    EXPECT_TRUE(arena.clear()) << "clear reads nothing of the lists";
    EXPECT_EQ(arena.spare_descriptors(), spares + 1);
  });
}

TEST(Epochs, HoldWhatNoLaterCutWentBelow) {
  Epochs epochs;
  const Epoch first = epochs.current();
  epochs.cut(500);
  const Epoch second = epochs.current();
  epochs.cut(300);
  epochs.cut(400);
  const Epoch last = epochs.current();
  EXPECT_TRUE(epochs.hold(first, {200, 100}));
  EXPECT_FALSE(epochs.hold(first, {200, 101}));
  EXPECT_FALSE(epochs.hold(second, {200, 101}));
  EXPECT_TRUE(epochs.hold(last, {1000, 1000}));
  Epochs other;
  other.cut(100);
  const Epoch between = other.current();
  other.cut(700);
  EXPECT_TRUE(other.hold(between, {600, 100}));
  EXPECT_FALSE(other.hold(between, {600, 101}));
}

}  // namespace
}  // namespace rarena::detail
