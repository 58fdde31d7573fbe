// The reference against core/FORMAT and the design, in examples that a person can follow.
#include "models/reference_arena/reference_arena.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rarena::reference {
namespace {

constexpr Size page = 4096;

ReferenceArena full(Freelist freelist, Size reserve = 16) {
  const Options options{.capacity = 1000, .freelist = freelist, .merging = Merging::on_request, .descriptor_reserve = reserve};
  return ReferenceArena::make(options, Backing::heap, page).value();
}

// Allocates segments of these sizes and a last one up to the end; the first ones are returned.
std::vector<Extent> fill(ReferenceArena& arena, const std::vector<Size>& sizes) {
  std::vector<Extent> segments;
  for (const Size size : sizes) segments.push_back(arena.allocate(size, 1).value().segment);
  arena.allocate(arena.capacity() - arena.allocated(), 1).value();
  return segments;
}

std::vector<Size> sizes(const ReferenceArena& arena) {
  std::vector<Size> result;
  for (const Listed& l : arena.list()) result.push_back(l.segment.size);
  return result;
}

using Sizes = std::vector<Size>;

TEST(ReferenceArena, OptimisticTakesTheLargest) {
  ReferenceArena arena = full(Freelist::optimistic);
  for (const Extent e : fill(arena, {96, 100, 50})) ASSERT_TRUE(arena.dealloc(e));
  EXPECT_EQ(sizes(arena), (Sizes{100, 96, 50}));
  const auto taken = arena.allocate(20, 1);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->segment.size, 20U);
  EXPECT_EQ(sizes(arena), (Sizes{96, 80, 50}));
  EXPECT_FALSE(arena.allocate(97, 1)) << "the head is too small";
}

TEST(ReferenceArena, PessimisticTakesTheBestFit) {
  ReferenceArena arena = full(Freelist::pessimistic);
  for (const Extent e : fill(arena, {84, 42, 100})) ASSERT_TRUE(arena.dealloc(e));
  EXPECT_EQ(sizes(arena), (Sizes{42, 84, 100}));
  ASSERT_TRUE(arena.allocate(50, 1));
  EXPECT_EQ(sizes(arena), (Sizes{34, 42, 100}));
}

TEST(ReferenceArena, WithoutAFreelistFreedBytesAreDiscarded) {
  ReferenceArena arena = full(Freelist::none);
  const auto segments = fill(arena, {84, 42});
  ASSERT_TRUE(arena.dealloc(segments[0]));
  EXPECT_EQ(arena.discarded(), 84U);
  EXPECT_TRUE(arena.list().empty());
}

TEST(ReferenceArena, TheTopmostSegmentGoesBackToTheCursor) {
  ReferenceArena arena = full(Freelist::optimistic);
  const Size before = arena.allocated();
  const auto segment = arena.allocate(100, 1)->segment;
  ASSERT_TRUE(arena.dealloc(segment));
  EXPECT_EQ(arena.allocated(), before);
}

TEST(ReferenceArena, AFullArenaTakesDescriptorsFromWhatIsFreed) {
  ReferenceArena arena = full(Freelist::optimistic, 0);
  const auto segment = fill(arena, {15, 400})[1];  // at 16: no byte is lost to alignment
  ASSERT_EQ(segment.offset, 16U);
  ASSERT_TRUE(arena.dealloc(segment));
  EXPECT_EQ(sizes(arena), (Sizes{400 - 16 * 16}));
  EXPECT_EQ(arena.list()[0].descriptor, 16U);
  EXPECT_EQ(arena.spare().size(), 15U);
  EXPECT_EQ(arena.unaccounted(999 - 400), 0);
}

TEST(ReferenceArena, RebuildIsTheComplement) {
  ReferenceArena arena = full(Freelist::pessimistic);
  const auto segments = fill(arena, {50, 60, 70, 80});
  ASSERT_TRUE(arena.rebuild(std::vector{segments[1], segments[3]}));
  EXPECT_EQ(arena.allocated(), segments[3].end());
  ASSERT_EQ(arena.list().size(), 2U);
  EXPECT_EQ(arena.list()[0].descriptor, 16U) << "at the beginning of the data, where a hole is";
  EXPECT_EQ(arena.list()[1].descriptor, 32U);
  EXPECT_EQ(arena.unaccounted(60 + 80), 0);
  EXPECT_TRUE(arena.exact());
  const auto twice = arena.rebuild(std::vector{segments[1], segments[1]});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::overlapping_segments);
}

TEST(ReferenceArena, CompactionJoinsNeighbours) {
  ReferenceArena arena = full(Freelist::optimistic);
  for (const Extent e : fill(arena, {50, 60, 70})) ASSERT_TRUE(arena.dealloc(e));
  arena.compact_freelist();
  EXPECT_EQ(sizes(arena), (Sizes{180}));
}

// 40 free segments of 32 bytes side by side, one that is live, and the slabs of their descriptors.
ReferenceArena crowded(Backing backing, std::uint64_t reserve) {
  auto arena =
      ReferenceArena::make({.capacity = 3000, .merging = Merging::on_request, .descriptor_reserve = reserve}, backing, page)
          .value();
  std::vector<Extent> segments;
  for (int i = 0; i < 41; ++i) segments.push_back(arena.allocate(32, 1).value().segment);
  segments.pop_back();
  for (const Extent e : segments) EXPECT_TRUE(arena.dealloc(e));
  return arena;
}

TEST(ReferenceArena, CompactionReleasesDescriptors) {
  ReferenceArena arena = crowded(Backing::heap, 0);
  const std::size_t before = arena.list().size() + arena.spare().size();
  const std::int64_t live = arena.unaccounted(0);
  ASSERT_GT(before, 32U);
  arena.compact_freelist();
  EXPECT_EQ(sizes(arena), (Sizes{15, 40 * 32 - 15 - 10 * 16})) << "what aligning cuts off, and what is behind the slab";
  EXPECT_EQ(arena.spare().size(), 8U) << "as many as there were";
  EXPECT_EQ(arena.allocated(), 1 + 41 * 32 + 15U) << "the slabs above went back to the cursor, 15 bytes were lost before";
  EXPECT_EQ(arena.unaccounted(0), live);
}

TEST(ReferenceArena, AnOpeningReleasesDescriptors) {
  ReferenceArena arena = crowded(Backing::file, 0);
  arena.merge();
  ASSERT_GT(arena.spare().size(), 16U);
  const ReferenceArena closed = arena;
  arena.open_again();
  EXPECT_EQ(arena.spare().size(), 16U);
  EXPECT_EQ(sizes(arena), (Sizes{40 * 32 - 17 * 16}));
  EXPECT_EQ(arena.allocated(), 112 + 41 * 32U);
  EXPECT_EQ(arena.unaccounted(0), closed.unaccounted(0));
  ReferenceArena few = crowded(Backing::file, 0);
  const std::size_t before = few.spare().size();
  ASSERT_LE(before, 16U);
  few.open_again();
  EXPECT_EQ(few.spare().size(), before);
}

TEST(ReferenceArena, WhatIsReservedIsNotReleased) {
  ReferenceArena arena = crowded(Backing::heap, 80);
  arena.merge();
  const std::size_t before = arena.spare().size();
  ASSERT_GT(before, 16U);
  arena.compact_freelist();
  EXPECT_EQ(arena.spare().size(), before);
}

TEST(ReferenceArena, MergingJoinsWhatARequestNeeds) {
  for (const Merging merging : {Merging::automatic, Merging::on_request}) {
    ReferenceArena arena = ReferenceArena::make({.capacity = 1000, .merging = merging}, Backing::heap, page).value();
    for (const Extent e : fill(arena, {50, 60, 70})) ASSERT_TRUE(arena.dealloc(e));
    EXPECT_EQ(sizes(arena), (Sizes{50, 60, 70})) << "nothing was refused yet";
    EXPECT_EQ(arena.allocate(100, 1).has_value(), merging == Merging::automatic);
    EXPECT_EQ(sizes(arena), merging == Merging::automatic ? (Sizes{80}) : (Sizes{50, 60, 70}));
    EXPECT_EQ(arena.merge(), merging == Merging::automatic ? 0U : 2U);
  }
}

TEST(ReferenceArena, ARewindGivesUpWhatIsAbove) {
  ReferenceArena arena = full(Freelist::optimistic);
  const auto segments = fill(arena, {50, 60, 70});
  ASSERT_TRUE(arena.dealloc(segments[0]));
  ASSERT_TRUE(arena.rewind(segments[2].offset));
  EXPECT_EQ(arena.allocated(), segments[2].offset);
  EXPECT_EQ(sizes(arena), (Sizes{50}));
  EXPECT_EQ(arena.unaccounted(60), 15) << "what the first slab lost to alignment may have been above: it does not count";
  EXPECT_FALSE(arena.exact());
  EXPECT_FALSE(arena.rewind(0));
}

TEST(ReferenceArena, SizesAreRefusedNotWrapped) {
  ReferenceArena arena = full(Freelist::none);
  for (const std::uint64_t size :
       {std::uint64_t{0xffffffff}, std::uint64_t{0xfffffff0}, std::uint64_t{1} << 32U, ~std::uint64_t{0}})
    EXPECT_EQ(arena.allocate(size, 8).error().code, ErrorCode::insufficient_space);
}

}  // namespace
}  // namespace rarena::reference
