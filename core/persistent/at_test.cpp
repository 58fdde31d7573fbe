// What an offset says is checked before it is believed; what was detached is owned again.
#include "at.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "../arena/arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

struct Reading {
  std::uint64_t sensor = 0;
  double value = 0;
};
struct alignas(64) WideReading {
  std::uint64_t sensor = 0;
};
struct CountsItsEnds {
  int* ends;
  ~CountsItsEnds() { ++*ends; }
};

class AtTest : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, AtTest, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(AtTest, AnObjectIsFoundByItsOffset) {
  run({}, [](const auto& arena) {
    auto made = value_of(arena.template alloc<Reading>(Reading{7, 1.5}));
    Reading* const found = value_of(arena.template at<Reading>(made.offset()));
    EXPECT_EQ(found, made.get());
    EXPECT_EQ(value_of(arena.template at<const Reading>(made.offset()))->value, 1.5);
  });
}

TEST_P(AtTest, AnOffsetThatCannotBeItIsAnError) {
  run({}, [](const auto& arena) {
    auto made = value_of(arena.template alloc<Reading>());
    const std::uint64_t top = arena.allocated(), next = align_up(top, alignof(Reading));
    EXPECT_EQ(arena.template at<Reading>(made.offset() + 4).error(),
              (Error{.code = ErrorCode::misaligned, .asked = alignof(Reading), .there = made.offset() + 4U}));
    EXPECT_EQ(arena.template at<Reading>(next - 8).error().code, ErrorCode::out_of_range) << "half of it is not allocated";
    EXPECT_EQ(arena.template at<Reading>(next).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.template at<Reading>(0).error().code, ErrorCode::out_of_range) << "null";
    EXPECT_EQ(arena.template at<Reading>(~std::uint64_t{7}).error().code, ErrorCode::out_of_range) << "no sum wraps";
    EXPECT_EQ(arena.template at<Reading>((std::uint64_t{1} << 32U) + made.offset()).error().code, ErrorCode::out_of_range);
  });
}

TEST_P(AtTest, WhatWasDetachedIsOwnedAgain) {
  run({.capacity = 4096}, [](const auto& arena) {
    const Extent odd = take(arena, 3);
    int ends = 0;
    auto made = value_of(arena.template alloc<CountsItsEnds>(&ends));
    const Offset offset = made.offset();
    const Extent segment = made.detach();
    {
      auto again = value_of(arena.template adopt<CountsItsEnds>(segment));
      EXPECT_EQ(again.offset(), offset);
      EXPECT_EQ(again.segment(), segment);
      EXPECT_EQ(ends, 0);
    }
    EXPECT_EQ(ends, 1);
    expect_exact(arena, odd.size);
    const Extent bytes = value_of(arena.alloc_bytes(20)).detach();
    EXPECT_EQ(value_of(arena.adopt(bytes)).size(), bytes.size);
    expect_exact(arena, odd.size);
  });
}

TEST(At, TheArenaMustOfferTheAlignment) {
  const auto arena = value_of(Arena::alloc({}));
  take(arena, 500);
  EXPECT_EQ(arena.at<WideReading>(64).error(),
            (Error{.code = ErrorCode::alignment_too_large, .asked = 64, .there = arena.maximum_alignment()}));
}

TEST(At, ASegmentTooSmallForTheObjectIsAnError) {
  const auto arena = value_of(Arena::alloc({}));
  const Extent segment = take(arena, sizeof(Reading) - 1);
  EXPECT_EQ(arena.adopt<Reading>(segment).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(arena.adopt<Reading>({arena.allocated(), 64}).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(arena.adopt(Extent{arena.allocated(), 64}).error().code, ErrorCode::out_of_range);
}

TEST(At, WhatIsFreeIsNotFoundInACheckedBuild) {
  const auto arena = value_of(Arena::alloc({}));
  const Extent segment = value_of(arena.alloc<Reading>()).detach();
  take(arena, 16);
  give(arena, segment);
  const auto found = arena.at<const Reading>(align_up(segment.offset, alignof(Reading)));
  EXPECT_EQ(found.has_value(), !checked);
  EXPECT_EQ(arena.adopt<Reading>(segment).has_value(), !checked);
  if (!found) {
    EXPECT_EQ(found.error().code, ErrorCode::not_live);
  }
}

TEST(At, AReaderMayNotChangeWhatItFinds) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena");
  Extent segment;
  {
    const auto arena = value_of(Arena::map_mut(path, {.create_new = true}));
    segment = value_of(arena.alloc<Reading>(Reading{3, 2.5})).detach();
  }
  const auto reader = value_of(Arena::map(path, {}));
  EXPECT_EQ(value_of(reader.at<const Reading>(segment.offset))->value, 2.5);
  EXPECT_EQ(reader.at<Reading>(segment.offset).error().code, ErrorCode::read_only);
  EXPECT_EQ(reader.adopt<Reading>(segment).error().code, ErrorCode::read_only);
  EXPECT_EQ(reader.adopt(segment).error().code, ErrorCode::read_only);
}

}  // namespace
}  // namespace rarena::detail
