// Epochs: directly, against the list of all cuts, and as rewinds of an arena start them.
#include "epochs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

static_assert(std::is_same_v<Epoch, std::uint64_t>, "a rewind each nanosecond for 584 years");
static_assert(noexcept(std::declval<Epochs&>().cut(0)), "what was prepared cannot fail");

void cut(Epochs& epochs, Offset position) {
  epochs.prepare();
  epochs.cut(position);
}

TEST(Epochs, ACutVoidsWhatEndsAboveIt) {
  Epochs epochs;
  EXPECT_EQ(epochs.current(), 0U);
  EXPECT_TRUE(epochs.hold(0, {100, 50}));
  cut(epochs, 120);
  EXPECT_EQ(epochs.current(), 1U);
  EXPECT_FALSE(epochs.hold(0, {100, 50}));
  EXPECT_FALSE(epochs.hold(0, {100, 21}));
  EXPECT_TRUE(epochs.hold(0, {100, 20}));
  EXPECT_TRUE(epochs.hold(1, {100, 50})) << "made since";
}

TEST(Epochs, TheLowestCutSinceCounts) {
  Epochs epochs;
  cut(epochs, 100);
  cut(epochs, 50);
  cut(epochs, 200);
  EXPECT_TRUE(epochs.hold(0, {0, 50}));
  EXPECT_FALSE(epochs.hold(0, {0, 51}));
  EXPECT_FALSE(epochs.hold(1, {0, 51}));
  EXPECT_TRUE(epochs.hold(2, {0, 200}));
  EXPECT_FALSE(epochs.hold(2, {0, 201}));
}

TEST(Epochs, PreparingStartsNone) {
  Epochs epochs;
  for (int i = 0; i < 100; ++i) epochs.prepare();
  EXPECT_EQ(epochs.current(), 0U);
  EXPECT_TRUE(epochs.hold(0, {0xffffffff, 0xffffffff}));
}

TEST(Epochs, RememberEveryCutThatMatters) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    Epochs epochs;
    std::vector<Offset> cuts;
    for (int step = 0; step < 300; ++step) {
      cuts.push_back(random.below(20));
      cut(epochs, cuts.back());
      ASSERT_EQ(epochs.current(), cuts.size());
      for (int probe = 0; probe < 20; ++probe) {
        const Epoch since = random.below(static_cast<Size>(cuts.size()) + 1);
        const Extent segment{random.below(10), random.below(12)};
        const bool expected = std::all_of(cuts.begin() + static_cast<std::ptrdiff_t>(since), cuts.end(),
                                          [&](Offset position) { return segment.end() <= position; });
        ASSERT_EQ(epochs.hold(since, segment), expected) << "seed " << seed << ", step " << step;
      }
    }
  }
}

TEST(Epochs, ARewindThatGivesUpNothingStartsNone) {
  LiveState<PlainStore> state(value_of(in_heap({})), {}, std::nullopt);
  ASSERT_TRUE(state.begin({}));
  ASSERT_TRUE(state.allocate(100, 1, Fill::none));
  const Size top = state.allocated();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(state.rewind(top));
  EXPECT_EQ(state.epoch(), 0U);
  EXPECT_FALSE(state.rewind(top + 1));
  EXPECT_EQ(state.epoch(), 0U) << "nor one that was refused";
  ASSERT_TRUE(state.rewind(top - 1));
  EXPECT_EQ(state.epoch(), 1U);
  ASSERT_TRUE(state.clear());
  EXPECT_EQ(state.epoch(), 2U);
}

}  // namespace
}  // namespace rarena::detail
