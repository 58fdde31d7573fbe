// Handles and the exclusive operations: what a rewind makes void neither destroys nor frees; a changed size moves the rest.
#include <gtest/gtest.h>

#include "../arena/arena_test_support.hpp"
#include "bytes.hpp"
#include "owned.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class HandlesOf : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, HandlesOf, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(HandlesOf, BytesAboveARewindFreeNothing) {
  run({}, [](auto arena) {
    auto below = value_of(arena.alloc_bytes(50));
    auto above = value_of(arena.alloc_bytes(50));
    const Extent gone = above.segment();
    EXPECT_TRUE(above.owns());
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(static_cast<Size>(below.segment().end()))));
    EXPECT_FALSE(above.owns());
    EXPECT_TRUE(below.owns());
    const Extent next = take(arena, 50);
    EXPECT_EQ(next, gone) << "the bytes have a new owner";
    above = {};
    EXPECT_EQ(arena.allocated(), next.end()) << "a handle of before the rewind does not free them";
    give(arena, next);
    below = {};
    EXPECT_EQ(arena.allocated(), gone.offset - 50) << "a handle below the rewind still frees";
  });
}

TEST_P(HandlesOf, BytesBeforeAClearFreeNothing) {
  run({}, [](auto arena) {
    auto before = value_of(arena.alloc_bytes(50));
    ASSERT_TRUE(arena.clear());
    const auto after = value_of(arena.alloc_bytes(50));
    before = {};
    EXPECT_EQ(arena.allocated(), after.segment().end());
  });
}

struct EndCounter {
  explicit EndCounter(int& count) : ends(&count) {}
  EndCounter(const EndCounter&) = delete;
  EndCounter& operator=(const EndCounter&) = delete;
  ~EndCounter() { ++*ends; }
  int* ends;
};

TEST_P(HandlesOf, AnObjectAboveARewindIsNotDestroyed) {
  run({}, [](auto arena) {
    int ends = 0;
    auto below = value_of(arena.template alloc<EndCounter>(ends));
    auto above = value_of(arena.template alloc<EndCounter>(ends));
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(static_cast<Size>(below.segment().end()))));
    paint(arena, take(arena, 64), 0xff);
    above = {};
    EXPECT_EQ(ends, 0);
    below = {};
    EXPECT_EQ(ends, 1);
  });
}

TEST(HandlesOfAFile, FollowItWhenItsSizeChanges) {
  const TemporaryFolder folder;
  auto arena = value_of(Arena::map_mut(folder.file("arena"), {.create = true}));
  auto bytes = value_of(arena.alloc_bytes(64));
  auto number = value_of(arena.alloc<int>(4711));
  ASSERT_TRUE(bytes.put(0, 42));
  ASSERT_TRUE(arena.truncate(Size{1} << 24));
  EXPECT_EQ(*bytes.get<int>(0), 42);
  EXPECT_EQ(*number, 4711);
  EXPECT_EQ(reinterpret_cast<std::byte*>(number.get()), arena.get_pointer(number.offset()));
}

TEST(HandlesOfAFile, AreRefusedWhereItIsOnlyRead) {
  const TemporaryFolder folder;
  value_of(Arena::map_mut(folder.file("arena"), {.create = true}));
  const auto arena = value_of(Arena::map(folder.file("arena"), {}));
  EXPECT_EQ(arena.alloc_bytes(8).error().code, ErrorCode::read_only);
  EXPECT_EQ(arena.alloc<int>(1).error().code, ErrorCode::read_only);
}

}  // namespace
}  // namespace rarena::detail
