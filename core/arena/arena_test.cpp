// The arena in every combination of store, memory and freelist: allocation, freeing, numbers, alignment.
#include "arena.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Sizes = std::vector<Size>;

INSTANTIATE_TEST_SUITE_P(All, EveryArena, ::testing::ValuesIn(combinations()), combination_name);

class Listing : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, Listing, ::testing::ValuesIn(combinations({Freelist::optimistic, Freelist::pessimistic})),
                         combination_name);

TEST_P(EveryArena, HasTheNumbersOfItsOptions) {
  const Options options{
      .capacity = 2048, .reserved = 9, .maximum_alignment = 32, .minimum_segment_size = 24, .magic_version = 77};
  run(options, [](const auto& arena) {
    const Kind kind = GetParam().kind;
    const bool unified = kind != Kind::heap && kind != Kind::map;
    EXPECT_EQ(arena.capacity(), 2048U);
    EXPECT_EQ(arena.reserved(), 9U);
    EXPECT_EQ(arena.reserved_bytes().size(), 9U);
    EXPECT_EQ(arena.minimum_segment_size(), 24U);
    EXPECT_EQ(arena.magic_version(), 77U);
    EXPECT_EQ(arena.version(), 2U);
    EXPECT_EQ(arena.freelist(), GetParam().freelist);
    EXPECT_EQ(arena.unify(), unified);
    EXPECT_EQ(arena.data_offset(), unified ? 128U : 10U);
    EXPECT_EQ(arena.is_on_disk(), kind == Kind::file);
    EXPECT_EQ(arena.path().has_value(), kind == Kind::file);
    EXPECT_EQ(arena.remaining(), 2048U - arena.allocated());
    EXPECT_EQ(arena.maximum_alignment() == 32U, kind == Kind::heap || kind == Kind::heap_unified);
    expect_exact(arena, 0);
  });
}

TEST_P(EveryArena, AFreshArenaSpendsAtMostAnEighthOnDescriptors) {
  for (const Size capacity : {113U, 200U, 1024U, 1U << 20U}) {
    if (GetParam().kind == Kind::file && capacity != 1024U) continue;  // one file per folder
    run({.capacity = capacity}, [](const auto& arena) {
      EXPECT_LE(arena.allocated() - arena.data_offset(), (arena.capacity() - arena.data_offset()) / 8);
      EXPECT_LE(arena.spare_descriptors(), 16U);
      const bool kept = GetParam().freelist != Freelist::none;
      EXPECT_EQ(arena.spare_descriptors() == 16, kept && arena.capacity() > 8192);
      EXPECT_EQ(arena.allocated() == arena.data_offset(), arena.spare_descriptors() == 0);
    });
  }
}

TEST_P(EveryArena, WithoutReserveTheCursorBeginsAtTheData) {
  run({.descriptor_reserve = 0}, [](const auto& arena) {
    EXPECT_EQ(arena.allocated(), arena.data_offset());
    EXPECT_EQ(arena.spare_descriptors(), 0U);
    EXPECT_EQ(arena.discarded(), 0U);
  });
}

TEST_P(EveryArena, CopiesAreTheSameArena) {
  run({}, [](auto arena) {
    EXPECT_EQ(arena.refs(), arena.refs());
    const std::size_t before = arena.refs();
    {
      auto copy = arena;  // NOLINT(performance-unnecessary-copy-initialization): counting copies is the point
      EXPECT_EQ(arena.refs(), before + 1);
      EXPECT_EQ(copy, arena);
      take(copy, 10);
      EXPECT_EQ(copy.allocated(), arena.allocated());
    }
    EXPECT_EQ(arena.refs(), before);
    const auto moved = std::move(arena);
    EXPECT_EQ(moved.refs(), before);
  });
}

TEST_P(EveryArena, FillsWithZerosWhereAnOwnerWas) {
  run({}, [](const auto& arena) {
    const Extent all = fill_up(arena);
    paint(arena, all, 0x5a);
    give(arena, all);
    EXPECT_TRUE(painted(arena, value_of(arena.allocate(100, 1)).used, 0));
    EXPECT_TRUE(painted(arena, value_of(arena.allocate(100, 8, Fill::zero)).used, 0));
  });
}

TEST_P(EveryArena, TheTopmostSegmentGoesBackToTheCursor) {
  run({}, [](const auto& arena) {
    const Size before = arena.allocated();
    const auto segments = take_all(arena, {30, 40, 50});
    give(arena, segments[2]);
    EXPECT_EQ(arena.allocated(), before + 70);
    give(arena, segments[0]);
    EXPECT_GE(arena.allocated(), before + 70) << "not topmost";
    expect_exact(arena, 40);
  });
}

TEST_P(EveryArena, ReservedBytesAreTheUsers) {
  run({.reserved = 13}, [](const auto& arena) {
    std::ranges::fill(arena.reserved_bytes(), std::byte{0x77});
    const Extent all = fill_up(arena);
    paint(arena, all, 1);
    give(arena, all);
    for (const std::byte b : arena.reserved_bytes()) EXPECT_EQ(b, std::byte{0x77});
  });
}

TEST_P(EveryArena, ASizeOfZeroOwnsNothing) {
  run({}, [](const auto& arena) {
    const Size before = arena.allocated();
    const Allocation nothing = value_of(arena.allocate(0, 1));
    EXPECT_EQ(nothing.segment, Extent{});
    EXPECT_EQ(nothing.used, Extent{});
    give(arena, nothing.segment);
    give(arena, {arena.data_offset(), 0});
    EXPECT_EQ(arena.allocated(), before);
  });
}

TEST_P(EveryArena, GetsAllocatedBytes) {
  run({}, [](const auto& arena) {
    const Extent segment = take(arena, 40);
    paint(arena, segment, 9);
    const auto bytes = value_of(arena.get_bytes(segment.offset, segment.size));
    EXPECT_EQ(bytes.size(), 40U);
    EXPECT_EQ(bytes[39], std::byte{9});
    EXPECT_EQ(bytes.data(), arena.data() + segment.offset);
  });
}

TEST_P(EveryArena, CountsWhatTheUserDiscards) {
  run({.descriptor_reserve = 0}, [](const auto& arena) {
    take(arena, 100);
    EXPECT_TRUE(arena.increase_discarded(60));
    EXPECT_EQ(arena.discarded(), 60U);
    EXPECT_FALSE(arena.increase_discarded(41));
    EXPECT_FALSE(arena.increase_discarded(0xffffffff));
    EXPECT_EQ(arena.discarded(), 60U);
    EXPECT_TRUE(arena.increase_discarded(40));
    expect_exact(arena, 0);
  });
}

TEST_P(EveryArena, AlignedRequestsStartAligned) {
  run({.capacity = 8192, .maximum_alignment = 64}, [](const auto& arena) {
    std::uint64_t live = 0;
    for (const Size alignment : {1U, 2U, 4U, 8U, 16U, 32U, 64U}) {
      live += take(arena, 1).size;  // out of step
      const Allocation got = value_of(arena.allocate(24, alignment));
      EXPECT_EQ(got.used.offset % alignment, 0U);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.get_pointer(got.used.offset)) % alignment, 0U);
      EXPECT_EQ(got.used.size, 24U);
      live += got.segment.size;
    }
    expect_exact(arena, live);
  });
}

TEST_P(EveryArena, FlushesWhatIsAllocated) {
  run({}, [](const auto& arena) {
    const Extent segment = take(arena, 100);
    EXPECT_TRUE(arena.flush());
    EXPECT_TRUE(arena.flush_range(segment.offset, segment.size));
    EXPECT_TRUE(arena.flush_header_and_range(segment.offset, segment.size));
    EXPECT_FALSE(arena.flush_range(segment.offset, segment.size + 1));
    EXPECT_FALSE(arena.flush_header_and_range(0xffffffff, 0xffffffff));
  });
}

TEST_P(Listing, OrderAndSplitAreThoseOfTheDesign) {
  const bool optimistic = GetParam().freelist == Freelist::optimistic;
  run({}, [&](const auto& arena) {
    const auto segments = optimistic ? take_all(arena, {50, 100, 96}) : take_all(arena, {84, 42, 100});
    const Extent rest = fill_up(arena);
    for (const Extent segment : segments) give(arena, segment);
    EXPECT_EQ(listed(arena), optimistic ? (Sizes{100, 96, 50}) : (Sizes{42, 84, 100}));
    const Extent got = take(arena, optimistic ? 20 : 50);
    EXPECT_EQ(listed(arena), optimistic ? (Sizes{96, 80, 50}) : (Sizes{34, 42, 100}));
    expect_exact(arena, rest.size + got.size);
  });
}

TEST_P(Listing, AFreedSegmentServesItsWholeSizeAgain) {
  run({.capacity = 4096}, [](const auto& arena) {
    std::vector<Extent> segments;
    segments.reserve(16);
    for (Size i = 0; i < 16; ++i) segments.push_back(take(arena, 20 + i * 3));
    const Extent rest = fill_up(arena);
    for (const Extent segment : segments) give(arena, segment);
    EXPECT_EQ(listed(arena).size(), 16U);
    std::ranges::sort(
        segments, GetParam().freelist == Freelist::optimistic ? [](Extent a, Extent b) { return a.size > b.size; }
                                                              : [](Extent a, Extent b) { return a.size < b.size; });
    std::uint64_t live = rest.size;
    for (const Extent segment : segments) {
      EXPECT_EQ(take(arena, segment.size), segment);
      live += segment.size;
    }
    expect_exact(arena, live);
  });
}

// Each freed segment needs a descriptor, and a full arena has to make them out of freed segments: one in five.
TEST_P(Listing, FillFreeRefillServesThreeQuartersAgain) {
  run({.capacity = 1U << 20U}, [&](const auto& arena) {
    std::vector<Extent> segments;
    while (const auto got = arena.allocate(64, 1, Fill::none)) segments.push_back(got->segment);
    const Extent kept = segments.back();  // the topmost: nothing goes back to the cursor
    segments.pop_back();
    for (const Extent segment : segments) give(arena, segment);
    std::uint64_t refilled = 0, live = kept.size;
    while (const auto got = arena.allocate(64, 1, Fill::none)) {
      ++refilled;
      live += got->segment.size;
    }
    const double percent = 100.0 * static_cast<double>(refilled) / static_cast<double>(segments.size());
    std::cout << name(GetParam()) + ": " + std::to_string(percent) + " % of " + std::to_string(segments.size()) +
                     " freed segments serve again\n";
    RecordProperty("refilled_percent", std::to_string(percent));
    EXPECT_GE(percent, 75.0);
    expect_exact(arena, live);
  });
}

TEST_P(Listing, AnyPartOfASegmentMayBeFreed) {
  run({}, [](const auto& arena) {
    const Extent segment = take(arena, 120), rest = fill_up(arena);
    paint(arena, segment, 7);
    give(arena, {segment.offset + 40, 50});
    EXPECT_EQ(arena.free_segments(), (std::vector<Extent>{{segment.offset + 40, 50}}));
    EXPECT_EQ(take(arena, 50), (Extent{segment.offset + 40, 50}));
    give(arena, {segment.offset, 30});
    give(arena, {segment.offset + 90, 30});
    EXPECT_EQ(listed(arena), (Sizes{30, 30}));
    EXPECT_TRUE(painted(arena, {segment.offset + 30, 10}, 7)) << "what was not freed is untouched";
    expect_exact(arena, rest.size + 60);
  });
}

TEST_P(Listing, AdjacentSegmentsMayBeFreedTogether) {
  run({}, [](const auto& arena) {
    const auto segments = take_all(arena, {40, 24});
    const Extent rest = fill_up(arena);
    give(arena, extent_between(segments[0].offset, segments[1].end()));
    EXPECT_EQ(listed(arena), (Sizes{64}));
    expect_exact(arena, rest.size);
  });
}

TEST_P(Listing, AnAlignedRequestCutsItsPaddingOffAFreeSegment) {
  run({.capacity = 4096, .maximum_alignment = 256}, [](const auto& arena) {
    take(arena, 1, 256);
    const Extent segment = take(arena, 511);  // from 1 modulo 256
    fill_up(arena);
    (void)arena.discard_freelist();  // the padding of the first
    give(arena, segment);
    const Allocation got = value_of(arena.allocate(100, 256));
    EXPECT_EQ(got.used, (Extent{segment.offset + 255, 100}));
    EXPECT_EQ(got.segment, got.used) << "padding and rest went back";
    EXPECT_EQ(listed(arena), (GetParam().freelist == Freelist::optimistic ? Sizes{255, 156} : Sizes{156, 255}));
  });
}

TEST_P(Listing, TheMinimumSegmentSizeIsTheSmallestRestThatIsFree) {
  run({.minimum_segment_size = 20}, [](const auto& arena) {
    const auto segments = take_all(arena, {19, 40});
    const Extent rest = fill_up(arena);
    const Size before = arena.discarded();
    for (const Extent segment : segments) give(arena, segment);
    const bool optimistic = GetParam().freelist == Freelist::optimistic;
    EXPECT_EQ(listed(arena), optimistic ? (Sizes{40, 19}) : (Sizes{19, 40})) << "what is freed is kept however small";
    const Extent cut = take(arena, 20);
    EXPECT_EQ(cut.size, 20U);
    give(arena, cut);
    EXPECT_TRUE(arena.set_minimum_segment_size(21));
    EXPECT_EQ(arena.minimum_segment_size(), 21U);
    const Extent whole = take(arena, 20);
    EXPECT_EQ(whole.size, 20U);
    EXPECT_EQ(arena.discarded(), before);
    expect_exact(arena, rest.size + whole.size);
  });
}

TEST_P(Listing, DiscardingTheFreelistCountsItsBytes) {
  run({}, [](const auto& arena) {
    const auto segments = take_all(arena, {30, 60, 45});
    const Extent rest = fill_up(arena);
    const Size before = arena.discarded(), spare = arena.spare_descriptors();
    for (const Extent segment : segments) give(arena, segment);
    EXPECT_EQ(arena.discard_freelist(), 135U);
    EXPECT_EQ(arena.discarded(), before + 135);
    EXPECT_EQ(arena.spare_descriptors(), spare);
    EXPECT_TRUE(arena.free_segments().empty());
    EXPECT_FALSE(arena.allocate(1, 1));
    EXPECT_EQ(arena.discard_freelist(), 0U);
    expect_exact(arena, rest.size);
  });
}

TEST_P(Listing, AFullArenaWithoutReserveDescribesFromWhatIsFreed) {
  for (const Size size : {8U, 15U, 16U, 31U, 64U, 300U}) {
    if (GetParam().kind == Kind::file && size != 300U) continue;  // one file per folder
    run({.descriptor_reserve = 0}, [&](const auto& arena) {
      EXPECT_TRUE(arena.set_minimum_segment_size(1));
      const Extent segment = take(arena, size), rest = fill_up(arena);
      give(arena, segment);
      expect_exact(arena, rest.size);
      const std::uint64_t found = arena.discarded() + expect_order(arena) +
                                  descriptor_size * (arena.spare_descriptors() + std::uint64_t{listed(arena).size()});
      EXPECT_EQ(found, size);
    });
  }
}

TEST(NoFreelist, DiscardsWhatIsNotTopmost) {
  const auto arena = value_of(Arena::alloc({.freelist = Freelist::none}));
  const auto segments = take_all(arena, {100, 50});
  give(arena, segments[0]);
  EXPECT_EQ(arena.discarded(), 100U);
  EXPECT_TRUE(arena.free_segments().empty());
  EXPECT_EQ(arena.discard_freelist(), 0U);
  expect_exact(arena, 50);
}

}  // namespace
}  // namespace rarena::detail
