// What a rewind looks at and what it moves: nothing at all where nothing has come into the lists above the position. SEG-1,
// FL-5.
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"
#include "listed_end.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class Rewinding : public ::testing::TestWithParam<Freelist> {
 protected:
  Arena make(std::uint64_t capacity, std::uint64_t reserve = 16) const {
    return value_of(Arena::map_anon({.capacity = capacity, .freelist = GetParam(), .descriptor_reserve = reserve}));
  }
  // The lists, and what the windows of the index say of them.
  static void expect_sound(const Arena& arena) {
    const Geometry geometry = geometry_of_arena(arena);
    const MemoryView view(arena.data(), geometry);
    const auto structure = examine_sound(view);
    ASSERT_TRUE(structure) << structure.error().message();
    std::vector<std::uint32_t> windows(geometry.index_shape().windows);
    for (const ListedSegment& s : structure->free) windows[geometry.window_of(s.extent.offset)] += s.extent.size;
    for (std::uint32_t i = 0; i < windows.size(); ++i) ASSERT_EQ(view.load(geometry.window(i)), windows[i]) << i;
  }
};

INSTANTIATE_TEST_SUITE_P(Lists, Rewinding, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

// Over an unused descriptor, as an overrun would: whoever looks at the lists finds it.
void damage(const Arena& arena) {
  const auto descriptor = static_cast<Offset>(align_up(arena.data_offset(), descriptor_size)) + 5 * descriptor_size;
  std::memset(arena.get_pointer(descriptor), 0xaa, descriptor_size);
}

TEST_P(Rewinding, LooksAtNoListWhereNothingWasFreed) {
  for (const std::uint64_t capacity : {std::uint64_t{1} << 20U, std::uint64_t{0xfffff000}}) {
    auto arena = make(capacity);
    damage(arena);
    for (int i = 0; i < 3; ++i) {
      const Extent kept = take(arena, 100);
      take_all(arena, {100, 1000, 10});
      ASSERT_TRUE(arena.rewind(ArenaPosition::start(static_cast<Size>(kept.end()))));
      EXPECT_EQ(arena.allocated(), kept.end());
    }
  }
}

TEST_P(Rewinding, LooksAtTheListsWhereSomethingWas) {
  auto arena = make(1 << 20);
  const auto segments = take_all(arena, {100, 100, 100});
  give(arena, segments[1]);
  damage(arena);
  EXPECT_FALSE(arena.rewind(ArenaPosition::start(segments[2].offset)));
  EXPECT_TRUE(arena.clear());
  damage(arena);
  EXPECT_TRUE(arena.rewind(ArenaPosition::current(0)));
}

TEST_P(Rewinding, LooksOnceAtSegmentsThatLieBelow) {
  auto arena = make(1 << 20);
  const auto segments = take_all(arena, {100, 100, 100});
  give(arena, segments[1]);
  ASSERT_TRUE(arena.rewind(ArenaPosition::start(segments[2].offset + 50)));
  const auto free = arena.free_segments();
  EXPECT_EQ(free, (std::vector<Extent>{segments[1]})) << "it stays where it is";
  damage(arena);
  take_all(arena, {100, 1000, 10});
  ASSERT_TRUE(arena.rewind(ArenaPosition::start(segments[2].offset)));
  EXPECT_EQ(arena.free_segments(), free);
  EXPECT_FALSE(arena.rewind(ArenaPosition::start(segments[1].offset + 1))) << "above which something is free";
}

TEST_P(Rewinding, LooksAtTheListsOfAnArenaThatDoesNotCount) {
  auto arena = value_of(Arena::alloc({.capacity = 1 << 20, .freelist = GetParam(), .index = 0}));
  damage(arena);
  take_all(arena, {100, 100});
  EXPECT_FALSE(arena.rewind(ArenaPosition::current(-50)));
}

TEST_P(Rewinding, ASegmentThatIsCutMayServeWithWhatIsAboveTheCursor) {
  auto arena = make(1 << 16);
  const auto segments = take_all(arena, {100, 2000, 100});
  give(arena, segments[1]);
  const Offset position = segments[1].offset + 1000;
  ASSERT_TRUE(arena.rewind(ArenaPosition::start(position)));
  EXPECT_EQ(arena.free_segments(), (std::vector<Extent>{{segments[1].offset, 1000}}));
  expect_sound(arena);
  EXPECT_TRUE(arena.allocate(arena.remaining() + 500U, 1, Fill::none)) << "FL-5";
}

// The same where a complete merge has seen the segment: nothing was inserted since, and only the cursor has changed.
TEST_P(Rewinding, WhatEndsAtTheCursorAfterAMergeMayServeWithWhatIsAbove) {
  for (const Size kept : {2000U, 1000U}) {
    auto arena = make(1 << 16);
    const auto segments = take_all(arena, {100, 2000, 100});
    give(arena, segments[1]);
    (void)value_of(arena.allocate(arena.remaining(), 1, Fill::none));
    EXPECT_EQ(value_of(arena.merge()), 0U);
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(segments[1].offset + kept)));
    EXPECT_TRUE(arena.allocate(arena.remaining() + 500U, 1, Fill::none)) << "FL-5";
  }
}

// Descriptors above the position leave; a segment below that had one of them has one from below.
TEST_P(Rewinding, ADescriptorAboveIsReplaced) {
  auto arena = make(1 << 16, 2);
  const auto segments = take_all(arena, {100, 10, 100, 10, 100, 10});
  const Size position = arena.allocated();
  give(arena, segments[0]);
  give(arena, segments[2]);
  give(arena, segments[4]);  // which has one of a new slab
  ASSERT_GT(arena.allocated(), position);
  take(arena, arena.capacity() - arena.allocated());
  const Size before = arena.spare_descriptors();
  take(arena, 100);  // one of the three, whose descriptor is unused now
  ASSERT_EQ(arena.spare_descriptors(), before + 1);
  ASSERT_TRUE(arena.rewind(ArenaPosition::start(position)));
  expect_sound(arena);
  EXPECT_EQ(arena.free_segments().size(), 2U);
  EXPECT_EQ(arena.allocated(), position);
}

// A freed segment may become descriptors as a whole: nothing comes into the list, and yet something lies there.
TEST_P(Rewinding, DescriptorsThatDescribeNothingAreGone) {
  auto arena = make(1 << 16, 0);
  const Size top = arena.capacity() / 512 * 256;
  take(arena, top - arena.allocated());
  const Extent slab = take(arena, 256);
  fill_up(arena);
  give(arena, slab);
  ASSERT_EQ(arena.spare_descriptors(), 16U);
  ASSERT_TRUE(arena.free_segments().empty());
  ASSERT_TRUE(arena.rewind(ArenaPosition::start(slab.offset)));
  EXPECT_EQ(arena.spare_descriptors(), 0U);
  expect_sound(arena);
}

TEST_P(Rewinding, ManyTimesWithAllThatLivesBetween) {
  Random random(test_seed());
  auto arena = make(1 << 16);
  for (int round = 0; round < 200; ++round) {
    const Size position = arena.allocated();
    std::vector<Extent> live;
    for (int i = 0; i < 30; ++i) {
      if (const auto got = arena.allocate(1 + random.below(400), 1U << random.below(4), Fill::none))
        live.push_back(got->segment);
      if (live.empty() || random.below(3) != 0) continue;
      const std::size_t n = random.below(static_cast<Size>(live.size()));
      if (round % 3 != 0) give(arena, live[n]);
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(n));
    }
    if (arena.allocated() < position) continue;
    const Size lower = arena.data_offset() + (position - arena.data_offset()) / 4 * 3;
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(round % 10 == 9 ? lower : position)));
    ASSERT_NO_FATAL_FAILURE(expect_sound(arena)) << "round " << round;
  }
}

TEST_P(Rewinding, AClearLeavesNoHints) {
  auto arena = make(1 << 20);
  for (int round = 0; round < 3; ++round) {
    const auto segments = take_all(arena, {100, 5000, 100, 100'000, 100});
    if (round != 1) give(arena, segments[1]);
    if (round != 1) give(arena, segments[3]);
    ASSERT_TRUE(arena.clear());
    expect_sound(arena);
  }
}

TEST(ListedEnd, IsKnownUntilSomethingIsListed) {
  LiveState<PlainStore> state(value_of(in_heap({.capacity = 1 << 16})), {}, std::nullopt);
  ASSERT_TRUE(state.begin({}));
  const PlainStore store(state.data());
  const Geometry& geometry = state.geometry();
  ListedEnd<PlainStore> end;
  EXPECT_EQ(end.known(store, geometry), std::nullopt);
  end.know(store, geometry, 5000);
  const auto first = state.allocate(100, 1, Fill::none), second = state.allocate(100, 1, Fill::none);
  EXPECT_EQ(end.known(store, geometry), 5000U) << "the cursor has listed nothing";
  ASSERT_TRUE(state.deallocate(first->segment.offset, 100));
  EXPECT_EQ(end.known(store, geometry), std::nullopt);
  end.know(store, geometry, 6000);
  DescriptorSupply<PlainStore>(store, geometry).push(second->segment.offset / 16 * 16 + 16);
  EXPECT_EQ(end.known(store, geometry), std::nullopt);
}

}  // namespace
}  // namespace rarena::detail
