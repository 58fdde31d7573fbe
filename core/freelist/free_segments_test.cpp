// The freelist alone: order, choice, splitting, and where descriptors come from.
#include "free_segments.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "../words/words_test_support.hpp"

namespace rarena::detail {
namespace {

using testing_support::TestMemory;

template <class Store>
class FreeSegmentsTest : public ::testing::Test {
 protected:
  using Segments = FreeSegments<Store>;
  static constexpr Tuning slab{.slab = 16};

  // Starts over.
  void clear(Size min_segment_size) { memory = TestMemory<Store>(4096, min_segment_size); }
  Segments list(Freelist kind) { return {memory.store(), memory.geometry(), kind, slab}; }
  Cursor<Store> cursor() { return {memory.store(), memory.geometry()}; }
  Extent carve(Size size, Size alignment = 1) { return cursor().take({size, alignment}).used(); }
  void exhaust() { carve(memory.geometry().capacity() - cursor().allocated()); }

  static std::vector<Size> sizes(const Segments& segments) {
    std::vector<Size> result;
    segments.walk([&](Extent e) { result.push_back(e.size); });
    return result;
  }
  static Size spare(const Segments& segments) {
    Size count = 0;
    segments.walk_spare([&](Offset) { ++count; });
    return count;
  }

  TestMemory<Store> memory{4096};
};
using Stores = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(FreeSegmentsTest, Stores);
using Sizes = std::vector<Size>;

TYPED_TEST(FreeSegmentsTest, OptimisticSortsDownAndCutsTheHead) {
  const auto segments = this->list(Freelist::optimistic);
  for (const Size size : {50U, 100U, 96U}) segments.put(this->carve(size));
  EXPECT_EQ(this->sizes(segments), (Sizes{100, 96, 50}));
  const auto taken = segments.take({20});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->segment.size, 20U);
  EXPECT_EQ(this->sizes(segments), (Sizes{96, 80, 50}));
}

TYPED_TEST(FreeSegmentsTest, PessimisticSortsUpAndCutsTheBestFit) {
  const auto segments = this->list(Freelist::pessimistic);
  for (const Size size : {84U, 42U, 100U}) segments.put(this->carve(size));
  EXPECT_EQ(this->sizes(segments), (Sizes{42, 84, 100}));
  const auto taken = segments.take({50});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->segment.size, 50U);
  EXPECT_EQ(this->sizes(segments), (Sizes{34, 42, 100}));
}

TYPED_TEST(FreeSegmentsTest, TakesNothingThatIsTooSmall) {
  for (const Freelist kind : {Freelist::optimistic, Freelist::pessimistic}) {
    this->clear(20);
    const auto segments = this->list(kind);
    EXPECT_FALSE(segments.take({1})) << "an empty list";
    segments.put(this->carve(40));
    EXPECT_FALSE(segments.take({41}));
    EXPECT_EQ(this->sizes(segments), (Sizes{40}));
    EXPECT_TRUE(segments.take({40}));
    EXPECT_EQ(this->sizes(segments), Sizes{});
  }
}

TYPED_TEST(FreeSegmentsTest, ARestTooSmallToKeepBelongsToTheAllocation) {
  const auto segments = this->list(Freelist::optimistic);
  segments.put(this->carve(50));
  const auto taken = segments.take({31});  // 19 are left, 20 would be kept
  EXPECT_EQ(taken->used.size, 31U);
  EXPECT_EQ(taken->segment.size, 50U);
  segments.put(taken->segment);
  EXPECT_EQ(segments.take({30})->segment.size, 30U);
  EXPECT_EQ(this->sizes(segments), (Sizes{20}));
}

TYPED_TEST(FreeSegmentsTest, PaddingWorthKeepingGoesBack) {
  const auto segments = this->list(Freelist::pessimistic);
  (void)this->carve(1, 64);        // [128, 129)
  segments.put(this->carve(200));  // [129, 329)
  const auto taken = segments.take({10, 128});
  EXPECT_EQ(taken->used, (Extent{256, 10}));
  EXPECT_EQ(taken->segment, taken->used);
  EXPECT_EQ(this->sizes(segments), (Sizes{63, 127}));
  EXPECT_EQ(this->memory.header().discarded, 7U) << "from 329 to the first slot at 336";
}

TYPED_TEST(FreeSegmentsTest, PaddingTooSmallBelongsToTheAllocation) {
  const auto segments = this->list(Freelist::pessimistic);
  (void)this->carve(1, 64);
  segments.put(this->carve(35));  // [129, 164)
  const auto taken = segments.take({20, 16});
  EXPECT_EQ(taken->used, (Extent{144, 20}));
  EXPECT_EQ(taken->segment, (Extent{129, 35}));
}

TYPED_TEST(FreeSegmentsTest, ListsWhatIsFreedHoweverSmall) {
  const auto segments = this->list(Freelist::optimistic);
  for (const Size size : {19U, 1U, 21U}) segments.put(this->carve(size));
  EXPECT_EQ(this->sizes(segments), (Sizes{21, 19, 1}));
  EXPECT_EQ(segments.take({2})->segment.size, 2U + 19U) << "the minimum is for what a request leaves";
  segments.set_min_segment_size(0);
  EXPECT_EQ(segments.take({2})->segment.size, 2U);
  EXPECT_EQ(this->sizes(segments), (Sizes{17, 1}));
}

TYPED_TEST(FreeSegmentsTest, KindNoneDiscardsEverything) {
  const auto segments = this->list(Freelist::none);
  segments.reserve(16);
  segments.put(this->carve(100));
  EXPECT_FALSE(segments.take({1}));
  EXPECT_EQ(this->sizes(segments), Sizes{});
  EXPECT_EQ(this->spare(segments), 0U);
  EXPECT_EQ(this->memory.header().discarded, 100U);
}

TYPED_TEST(FreeSegmentsTest, DiscardAllEmptiesTheListAndKeepsItsDescriptors) {
  for (const Freelist kind : {Freelist::optimistic, Freelist::pessimistic}) {
    this->clear(20);
    const auto segments = this->list(kind);
    segments.reserve(3);
    const Size before = this->memory.header().discarded;
    for (const Size size : {30U, 50U, 40U}) segments.put(this->carve(size));
    EXPECT_EQ(this->spare(segments), 0U);
    EXPECT_EQ(segments.discard_all(), 120U);
    EXPECT_EQ(this->sizes(segments), Sizes{});
    EXPECT_EQ(this->spare(segments), 3U);
    EXPECT_EQ(this->memory.header().discarded, before + 120U);
    EXPECT_EQ(segments.discard_all(), 0U);
  }
}

TYPED_TEST(FreeSegmentsTest, DescriptorsComeFromTheReserveFirst) {
  const auto segments = this->list(Freelist::optimistic);
  segments.reserve(2);
  EXPECT_EQ(this->spare(segments), 2U);
  segments.put(this->carve(100));
  EXPECT_EQ(this->spare(segments), 1U);
  segments.put(this->carve(100));
  EXPECT_EQ(this->spare(segments), 0U);
}

TYPED_TEST(FreeSegmentsTest, ThenASlabFromTheCursor) {
  const auto segments = this->list(Freelist::optimistic);
  const Extent segment = this->carve(100, 16);  // [112, 212)
  segments.put(segment);
  EXPECT_EQ(this->spare(segments), 15U);
  EXPECT_EQ(this->sizes(segments), (Sizes{100}));
  EXPECT_EQ(this->cursor().allocated(), 224U + 16 * 16);
  EXPECT_EQ(this->memory.header().discarded, 12U) << "from 212 to 224";
}

struct SlabCase {
  Size size;
  Sizes free;
  Size spare, discarded;
};

// The segment begins at 128. What the list cannot describe otherwise pays for its own descriptor.
TYPED_TEST(FreeSegmentsTest, ThenASlabFromTheSegmentItself) {
  const std::vector<SlabCase> cases = {{8, {}, 0, 8},    {15, {}, 0, 15}, {16, {}, 1, 0},
                                       {31, {15}, 0, 0}, {64, {}, 4, 0},  {300, {44}, 15, 0}};
  for (const auto& [size, free, spare, discarded] : cases) {
    this->clear(1);
    const auto segments = this->list(Freelist::optimistic);
    const Extent segment = this->carve(size, 64);
    this->exhaust();
    segments.put(segment);
    EXPECT_EQ(this->sizes(segments), free) << size;
    EXPECT_EQ(this->spare(segments), spare) << size;
    EXPECT_EQ(this->memory.header().discarded, discarded) << size;
  }
}

TYPED_TEST(FreeSegmentsTest, WhatASlabLeavesOfASegmentIsFree) {
  const auto segments = this->list(Freelist::pessimistic);
  (void)this->carve(3, 64);
  const Extent segment = this->carve(16 * 16 + 13 + 19);  // [67, 355): 13 before the slots at 80, 19 behind them
  this->exhaust();
  segments.put(segment);
  EXPECT_EQ(this->sizes(segments), (Sizes{13, 19}));
  EXPECT_EQ(this->spare(segments), 14U);
  EXPECT_EQ(this->memory.header().discarded, 0U);
}

// A segment too small for a descriptor: another one pays.
TYPED_TEST(FreeSegmentsTest, AtLastASlabFromAnotherSegment) {
  for (const Freelist kind : {Freelist::optimistic, Freelist::pessimistic}) {
    this->clear(16);
    const auto segments = this->list(kind);
    segments.reserve(1);
    const Extent other = this->carve(40, 16), small = this->carve(7);
    this->exhaust();
    segments.put(other);
    EXPECT_EQ(this->spare(segments), 0U);
    segments.put(small);
    EXPECT_EQ(this->sizes(segments), kind == Freelist::optimistic ? (Sizes{8, 7}) : (Sizes{7, 8}));
    EXPECT_EQ(this->spare(segments), 1U) << "40 are two descriptors and 8 bytes";
    EXPECT_EQ(this->memory.header().discarded, 0U);
  }
}

TYPED_TEST(FreeSegmentsTest, ADescriptorServesAgain) {
  const auto segments = this->list(Freelist::pessimistic);
  segments.reserve(1);
  const Extent segment = this->carve(64);
  this->exhaust();
  for (int round = 0; round < 100; ++round) {
    segments.put(segment);
    ASSERT_EQ(this->sizes(segments), (Sizes{64}));
    ASSERT_EQ(segments.take({64})->segment, segment);
    ASSERT_EQ(this->spare(segments), 1U);
  }
}

TYPED_TEST(FreeSegmentsTest, EqualSizesAreAllKept) {
  for (const Freelist kind : {Freelist::optimistic, Freelist::pessimistic}) {
    this->clear(20);
    const auto segments = this->list(kind);
    for (int i = 0; i < 5; ++i) segments.put(this->carve(32));
    EXPECT_EQ(this->sizes(segments), Sizes(5, 32));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(segments.take({32}));
    EXPECT_FALSE(segments.take({32}));
  }
}

TYPED_TEST(FreeSegmentsTest, NothingIsReservedWhereThereIsNoRoom) {
  const auto segments = this->list(Freelist::optimistic);
  this->exhaust();
  segments.reserve(4);
  EXPECT_EQ(this->spare(segments), 0U);
  EXPECT_EQ(this->memory.header().discarded, 0U);
}

TYPED_TEST(FreeSegmentsTest, AWalkOfAllMeetsSegmentsTheirDescriptorsAndTheUnusedOnes) {
  const auto segments = this->list(Freelist::pessimistic);
  segments.reserve(3);
  for (const Size size : {50U, 96U}) segments.put(this->carve(size));
  std::vector<Extent> ranges;
  segments.walk_all([&](Extent range) { ranges.push_back(range); });
  EXPECT_EQ(ranges.size(), 5U) << "two segments, two descriptors in use and one unused";
  EXPECT_EQ(covered(ranges, this->cursor().allocated()), 50U + 96U + 3 * descriptor_size) << "none of them twice";
}

// What a thread that has stopped for ever left, or damage.
TYPED_TEST(FreeSegmentsTest, AWalkPassesMarkedDescriptorsAndEndsOnACycle) {
  const auto segments = this->list(Freelist::optimistic);
  segments.reserve(4);
  for (const Size size : {50U, 100U, 96U}) segments.put(this->carve(size));
  const auto store = this->memory.store();
  const Geometry& g = this->memory.geometry();
  const Offset head = Link(this->memory.header().free_head).next(), spare = Link(this->memory.header().spare_head).next();
  const Word<std::uint64_t> first = Geometry::link(head);
  const Link link(store.load(first, Site::walk_link));
  store.store(first, link.marked_to(link.next()).bits(), Site::plan_link);
  EXPECT_EQ(this->sizes(segments), (Sizes{96, 50}));
  store.store(first, link.linked_to(head).bits(), Site::plan_link);
  EXPECT_EQ(this->sizes(segments), Sizes(g.capacity() / descriptor_size, 100));
  store.store(Geometry::link(spare), Link(spare, true, 0).bits(), Site::plan_link);
  EXPECT_EQ(this->spare(segments), g.capacity() / descriptor_size);
}

}  // namespace
}  // namespace rarena::detail
