// Which bytes are live, as checked builds keep it: directly, and every operation against one bit per byte.
#include "live_segments.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

TEST(LiveSegments, WhatWasTakenIsGivenOnce) {
  LiveSegments live;
  EXPECT_FALSE(live.gives({100, 10})) << "nothing is live";
  live.took({100, 10});
  EXPECT_TRUE(live.gives({100, 10}));
  EXPECT_FALSE(live.gives({100, 10})) << "a double free";
}

TEST(LiveSegments, AQuestionChangesNothing) {
  LiveSegments live;
  EXPECT_FALSE(live.holds({100, 10}));
  live.took({100, 10});
  live.took({110, 10});
  live.took({130, 10});
  for (const Extent inside : {Extent{100, 20}, {105, 10}, {119, 1}, {130, 10}, {500, 0}}) EXPECT_TRUE(live.holds(inside));
  for (const Extent other : {Extent{99, 2}, {119, 2}, {120, 1}, {115, 20}, {139, 2}, {0, 1}}) EXPECT_FALSE(live.holds(other));
  EXPECT_TRUE(live.gives({100, 20}));
}

TEST(LiveSegments, NeighboursMayBeGivenAsOne) {
  LiveSegments live;
  live.took({100, 10});
  live.took({120, 10});
  live.took({110, 10});
  EXPECT_TRUE(live.gives({100, 30}));
  EXPECT_FALSE(live.gives({110, 1}));
}

TEST(LiveSegments, OneMayBeGivenInParts) {
  LiveSegments live;
  live.took({100, 30});
  EXPECT_TRUE(live.gives({110, 10}));
  EXPECT_FALSE(live.gives({110, 10}));
  EXPECT_FALSE(live.gives({109, 2}));
  EXPECT_FALSE(live.gives({119, 2}));
  EXPECT_FALSE(live.gives({100, 30})) << "the middle is not live";
  EXPECT_TRUE(live.gives({100, 10}));
  EXPECT_TRUE(live.gives({120, 10}));
  EXPECT_FALSE(live.gives({100, 1}));
}

TEST(LiveSegments, AWrongSizeOrOffsetChangesNothing) {
  LiveSegments live;
  live.took({100, 10});
  for (const Extent wrong : {Extent{99, 11}, {100, 11}, {99, 12}, {90, 10}, {110, 1}, {0, 1}, {0xffffffff, 0xffffffff}})
    EXPECT_FALSE(live.gives(wrong)) << wrong.offset;
  EXPECT_TRUE(live.gives({0, 0})) << "an empty one is nowhere";
  EXPECT_TRUE(live.gives({100, 10}));
}

TEST(LiveSegments, StartForgetsWhatWas) {
  LiveSegments live;
  live.took({10, 10});
  live.start(100, 200);
  EXPECT_FALSE(live.gives({10, 1}));
  EXPECT_TRUE(live.gives({150, 50}));
  live.start(std::vector<Extent>{{300, 10}, {0, 0}, {50, 5}});
  EXPECT_FALSE(live.gives({100, 1}));
  EXPECT_TRUE(live.gives({300, 10}));
  EXPECT_TRUE(live.gives({50, 5}));
  live.start(7, 7);
  EXPECT_FALSE(live.gives({7, 1}));
}

TEST(LiveSegments, ACutTakesWhatIsAbove) {
  LiveSegments live;
  live.took({100, 10});
  live.took({200, 10});
  live.cut(205);
  EXPECT_FALSE(live.gives({200, 6}));
  EXPECT_TRUE(live.gives({200, 5}));
  live.cut(100);
  EXPECT_FALSE(live.gives({100, 1}));
  live.cut(0);
}

TEST(LiveSegments, BehaveAsOneBitPerByte) {
  constexpr Size bytes = 200;
  Random random(test_seed());
  LiveSegments live;
  std::vector<bool> bits(bytes);
  const auto set = [&](Extent e, bool value) { std::fill_n(bits.begin() + e.offset, e.size, value); };
  const auto all = [&](Extent e) {
    return std::all_of(bits.begin() + e.offset, bits.begin() + e.offset + e.size, [](bool bit) { return bit; });
  };
  int given = 0, refused = 0;
  for (int step = 0; step < 200'000; ++step) {
    const Offset offset = random.below(bytes);
    const Extent extent{offset, random.below(std::min<Size>(bytes - offset, 40) + 1)};
    const Size kind = random.below(1000);
    if (kind < 450) {
      live.took(extent);
      set(extent, true);
    } else if (kind < 985) {
      const bool expected = all(extent);
      ASSERT_EQ(live.gives(extent), expected) << "step " << step;
      if (expected) set(extent, false);
      ++(expected ? given : refused);
    } else if (kind < 995) {
      live.cut(offset);
      set({offset, bytes - offset}, false);
    } else if (kind < 998) {
      live.start(extent.offset, extent.end());
      bits.assign(bytes, false);
      set(extent, true);
    } else {
      const Extent other{random.below(50), random.below(50)};
      live.start(std::vector{extent, other});
      bits.assign(bytes, false);
      set(extent, true);
      set(other, true);
    }
  }
  EXPECT_GT(given, 20'000);
  EXPECT_GT(refused, 20'000);
  for (Offset at = 0; at < bytes; ++at) EXPECT_EQ(live.gives({at, 1}), bits[at]) << at;
}

TEST(LiveSegmentsDeathTest, HandlesThatAreLeftEndTheProgram) {
  LiveSegments live;
  live.attach_handle();
  live.attach_handle();
  live.detach_handle();
  EXPECT_DEATH(live.end_of_arena(), "rarena: misuse: handles outlive their arena \\(1\\): keep a copy of the arena");
  live.detach_handle();
  live.end_of_arena();
}

}  // namespace
}  // namespace rarena::detail
