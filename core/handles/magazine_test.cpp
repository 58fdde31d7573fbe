// Magazines in every combination of arena, memory and freelist: where bytes come from and where they go, to the byte.
#include "magazine.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "../memory/memory_test_support.hpp"
#include "memory_resource.hpp"
#include "owned.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class MagazineTest : public EveryArena {
 protected:
  static constexpr Options options{.capacity = 8192, .maximum_alignment = 64};
};
INSTANTIATE_TEST_SUITE_P(All, MagazineTest, ::testing::ValuesIn(combinations()), combination_name);

template <class M>
Extent take_of(M& magazine, Size size, Size alignment = 1) {
  return value_of(magazine.allocate(size, alignment, Fill::none)).segment;
}

template <class M>
void give_to(M& magazine, Extent segment) {
  const auto given = magazine.dealloc(segment.offset, segment.size);
  EXPECT_TRUE(given.has_value()) << given.error().message();
}

TEST_P(MagazineTest, TakesAChunkAndHandsItOut) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    const Size begin = arena.allocated();
    expect_exact(arena, 0);
    const Extent one = take_of(magazine, 10), two = take_of(magazine, 100);
    EXPECT_EQ(one.end(), two.offset);
    EXPECT_GE(arena.allocated(), begin + 512);
    expect_exact(arena, one.size + two.size + magazine.unused().size);
    EXPECT_EQ(magazine.unused().offset, two.end());
  });
}

TEST_P(MagazineTest, WhatIsLeftGoesBackAtItsEndAndWhatWasHandedOutStays) {
  run(options, [](const auto& arena) {
    Extent live;
    {
      auto magazine = value_of(arena.magazine(512));
      live = take_of(magazine, 100);
      paint(arena, live, 7);
    }
    expect_exact(arena, live.size);
    EXPECT_EQ(arena.allocated(), live.end()) << "the rest was the topmost segment";
    EXPECT_TRUE(painted(arena, live, 7));
    give(arena, live);
    expect_exact(arena, 0);
  });
}

TEST_P(MagazineTest, TheRestGoesBackWhenTheNextChunkIsTaken) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    std::uint64_t live = take_of(magazine, 120).size;
    const Extent between = take(arena, 40);
    for (int i = 0; i < 3; ++i) live += take_of(magazine, 120).size;
    const Extent rest = magazine.unused();
    ASSERT_LT(rest.size, 120U);
    live += take_of(magazine, 120).size;
    expect_exact(arena, live + between.size + magazine.unused().size);
    EXPECT_GT(magazine.unused().offset, between.offset);
    if (arena.freelist() == Freelist::none) {
      EXPECT_EQ(arena.discarded(), rest.size);
    }
  });
}

TEST_P(MagazineTest, ANewChunkBeginsWhereTheTopmostOldOneEnds) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    Extent last = take_of(magazine, 112);
    for (int i = 0; i < 40; ++i) {
      const Extent next = take_of(magazine, 112);
      ASSERT_EQ(last.end(), next.offset);
      last = next;
    }
  });
}

TEST_P(MagazineTest, ALargeRequestIsTheArenas) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    const Extent small = take_of(magazine, 10), rest = magazine.unused();
    const Extent quarter = take_of(magazine, 128), large = take_of(magazine, 600);
    EXPECT_EQ(quarter.offset, rest.offset);
    EXPECT_EQ(large.offset, rest.end()) << "above the chunk";
    EXPECT_EQ(magazine.unused().size, rest.size - 128);
    expect_exact(arena, small.size + quarter.size + large.size + magazine.unused().size);
    auto none = value_of(arena.magazine(0));
    EXPECT_EQ(take_of(none, 10).offset, large.end());
    EXPECT_TRUE(none.unused().empty());
  });
}

TEST_P(MagazineTest, TheLastOneServesAgain) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    const Extent one = take_of(magazine, 60), two = take_of(magazine, 60), three = take_of(magazine, 60);
    give_to(magazine, three);
    give_to(magazine, two);
    EXPECT_EQ(take_of(magazine, 30).offset, two.offset);
    give_to(magazine, {two.offset, 30});
    give_to(magazine, one);
    EXPECT_EQ(magazine.unused().offset, one.offset);
    EXPECT_TRUE(arena.free_segments().empty());
    magazine.give_back();
    expect_exact(arena, 0);
    EXPECT_TRUE(magazine.unused().empty());
  });
}

TEST_P(MagazineTest, AnyOtherGoesToTheArena) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    const Extent one = take_of(magazine, 64), two = take_of(magazine, 64), rest = magazine.unused();
    give_to(magazine, one);
    EXPECT_EQ(magazine.unused(), rest);
    if (arena.freelist() == Freelist::none) {
      EXPECT_EQ(arena.discarded(), one.size);
    } else {
      EXPECT_EQ(listed(arena), std::vector<Size>{64});
    }
    expect_exact(arena, two.size + rest.size);
    give(arena, {two.offset, 32});  // a part, by somebody else
    expect_exact(arena, two.size - 32 + rest.size);
  });
}

TEST_P(MagazineTest, ANeighbourInFrontOfTheChunkBecomesAPartOfIt) {
  run(options, [](const auto& arena) {
    const Extent mine = take(arena, 64, 16);
    auto magazine = value_of(arena.magazine(512));
    const Extent one = take_of(magazine, 16);
    ASSERT_EQ(mine.end(), one.offset);
    give_to(magazine, one);
    give_to(magazine, mine);
    EXPECT_EQ(magazine.unused().offset, mine.offset);
    EXPECT_EQ(take_of(magazine, 80).offset, mine.offset);
  });
}

TEST_P(MagazineTest, AlignsByOffsets) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(1024));
    std::uint64_t live = 0;
    for (const Size alignment : {1U, 64U, 2U, 32U, 4U, 16U, 8U}) {
      const auto got = value_of(magazine.allocate(5, alignment));
      EXPECT_EQ(got.used.offset % alignment, 0U);
      EXPECT_EQ(got.used.size, 5U);
      EXPECT_LE(got.segment.offset, got.used.offset);
      live += got.segment.size;
    }
    expect_exact(arena, live + magazine.unused().size);
  });
}

TEST_P(MagazineTest, SaysWhatIsWrongAsTheArenaDoes) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    const Extent live = take_of(magazine, 10);
    EXPECT_EQ(magazine.allocate(10, 3).error(), arena.allocate(10, 3).error());
    EXPECT_EQ(magazine.allocate(10, 0).error().code, ErrorCode::invalid_alignment);
    EXPECT_EQ(magazine.allocate(10, 1U << 20U).error().code, ErrorCode::alignment_too_large);
    EXPECT_EQ(magazine.allocate(9000, 1).error().code, ErrorCode::insufficient_space);
    EXPECT_EQ(magazine.allocate(~std::uint64_t{0}, 1).error().code, ErrorCode::insufficient_space);
    EXPECT_TRUE(value_of(magazine.allocate(0, 1)).segment.empty());
    constexpr std::uint64_t wraps = ~std::uint64_t{0} - 7;
    EXPECT_EQ(magazine.dealloc(wraps, 8 + live.end()).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(magazine.dealloc(0, live.end()).error().code, ErrorCode::out_of_range) << "from the header on";
    EXPECT_EQ(magazine.dealloc(arena.allocated(), 8).error().code, ErrorCode::out_of_range);
    EXPECT_TRUE(magazine.dealloc(0, 0));
    EXPECT_EQ(arena.magazine(std::uint64_t{1} << 32U).error().code, ErrorCode::size_too_large);
    expect_exact(arena, live.size + magazine.unused().size);
  });
}

TEST_P(MagazineTest, ServesWhatTheArenaHasWhereThereIsNoRoomForAChunk) {
  run(options, [](const auto& arena) {
    const Size most = arena.remaining();
    auto magazine = value_of(arena.magazine(std::uint64_t{4} * most));
    const Extent one = take_of(magazine, most / 2), two = take_of(magazine, most - most / 2);
    EXPECT_EQ(one.end(), two.offset);
    EXPECT_EQ(magazine.allocate(1, 1).error().code, ErrorCode::insufficient_space);
    give_to(magazine, two);
    EXPECT_EQ(take_of(magazine, 1).offset, two.offset);
    expect_exact(arena, one.size + 1);
  });
}

// The list refuses a chunk, and has what is asked for: so the arena serves, and the magazine asks for a chunk once in a while.
TEST_P(MagazineTest, IsTheArenaWhileNoRunIsAsLargeAsAChunk) {
  run({.capacity = 65536}, [](const auto& arena) {
    if (arena.freelist() == Freelist::none) return;
    auto magazine = value_of(arena.magazine(1024));
    std::vector<Extent> pieces;
    while (auto piece = arena.allocate(128, 1, Fill::none)) pieces.push_back(piece->segment);
    for (std::size_t i = 0; i < pieces.size(); i += 2) give(arena, pieces[i]);
    for (int i = 0; i < 100; ++i) {
      const Extent got = take_of(magazine, 128);
      EXPECT_TRUE(magazine.unused().empty());
      give_to(magazine, got);
    }
    for (std::size_t i = 1; i < pieces.size(); i += 2) give(arena, pieces[i]);
    std::vector<Extent> all;
    while (magazine.unused().empty()) {
      ASSERT_LT(all.size(), 200U) << "a pause as long as it may have become";
      all.push_back(take_of(magazine, 100));
    }
  });
}

TEST_P(MagazineTest, AsksForAChunkAtOnceAfterAClear) {
  run(options, [](auto arena) {
    auto magazine = value_of(arena.magazine(512));
    while (arena.allocate(64, 1, Fill::none)) {
    }
    for (int i = 0; i < 100; ++i) (void)magazine.allocate(64, 1, Fill::none);
    ASSERT_TRUE(arena.clear());
    (void)take_of(magazine, 64);
    EXPECT_FALSE(magazine.unused().empty());
  });
}

TEST_P(MagazineTest, AsksForAChunkAtOnceAfterAGiveBack) {
  run(options, [](const auto& arena) {
    auto magazine = value_of(arena.magazine(512));
    const Extent all = take(arena, arena.remaining());
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(magazine.allocate(64, 1, Fill::none));
    give(arena, all);  // the topmost segment
    magazine.give_back();
    (void)take_of(magazine, 64);
    EXPECT_FALSE(magazine.unused().empty());
  });
}

TEST_P(MagazineTest, ZerosAreZeros) {
  run(options, [](const auto& arena) {
    {
      const Extent dirty = take(arena, 2048);
      paint(arena, dirty, 0xff);
      give(arena, dirty);
    }
    auto magazine = value_of(arena.magazine(512));
    for (int round = 0; round < 2; ++round) {
      const Extent zeros = value_of(magazine.allocate(100, 1)).segment;
      EXPECT_TRUE(painted(arena, zeros, 0));
      paint(arena, zeros, 0xff);
      give_to(magazine, zeros);
    }
    const auto bytes = value_of(magazine.alloc_bytes(50));
    EXPECT_TRUE(painted(arena, bytes.segment(), 0));
  });
}

TEST_P(MagazineTest, ItsHandlesOutliveIt) {
  run(options, [](const auto& arena) {
    {
      auto magazine = std::optional(value_of(arena.magazine(512)));
      auto bytes = value_of(magazine->alloc_bytes(50));
      magazine.reset();
      EXPECT_TRUE(bytes.owns());
      expect_exact(arena, 50);
    }
    expect_exact(arena, 0);
  });
}

TEST_P(MagazineTest, Moves) {
  run(options, [](const auto& arena) {
    auto one = value_of(arena.magazine(512)), two = value_of(arena.magazine(256));
    const Extent a = take_of(one, 10), b = take_of(two, 10), left = one.unused();
    two = std::move(one);
    EXPECT_EQ(two.unused(), left);
    expect_exact(arena, a.size + b.size + left.size);
    one = std::move(two);
    EXPECT_EQ(take_of(one, 10).offset, left.offset);
    std::remove_cvref_t<decltype(one)> empty, other(std::move(one));
    empty = std::move(other);
    EXPECT_EQ(empty.unused().offset, left.offset + 10U);
  });
}

TEST_P(MagazineTest, ARewindTakesItsChunkAway) {
  run(options, [](auto arena) {
    auto magazine = value_of(arena.magazine(512));
    const Extent one = take_of(magazine, 100);
    const Size end = arena.allocated();
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(end)));
    EXPECT_EQ(take_of(magazine, 10).offset, one.end()) << "nothing of it was given up";
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(end - 1)));
    EXPECT_GE(take_of(magazine, 10).offset, end - 1U);
    ASSERT_TRUE(arena.clear());
    {
      const Extent other = take(arena, 1000);
      paint(arena, other, 5);
      magazine.give_back();
      EXPECT_GE(take_of(magazine, 10).offset, other.end());
      EXPECT_TRUE(painted(arena, other, 5));
    }
    ASSERT_TRUE(arena.clear());
    magazine.give_back();
    expect_exact(arena, 0);
  });
}

TEST_P(MagazineTest, ARebuildFindsWhatWasNotGivenBack) {
  run(options, [](auto arena) {
    auto magazine = value_of(arena.magazine(512));
    const Extent live = take_of(magazine, 100);
    magazine.give_back();
    const std::vector<Extent> all{live};
    ASSERT_TRUE(arena.rebuild(all));
    expect_exact(arena, live.size);
    EXPECT_EQ(take_of(magazine, 10).size, 10U);
  });
}

// Against a map of what is live, as random sequences of arenas are (arena/random_test.cpp): two magazines beside the arena,
// each segment freed by any of the three.
TEST_P(MagazineTest, RandomSequencesAreExact) {
  run({.capacity = 32 * 1024}, [](const auto& arena) {
    Random random(test_seed());
    std::map<Offset, Size> live;
    {
      auto one = value_of(arena.magazine(512)), two = value_of(arena.magazine(900));
      const auto with_any = [&](auto act) {
        const Size who = random.below(5);
        return who < 2 ? act(one) : who < 4 ? act(two) : act(arena);
      };
      for (int step = 0; step < 3000; ++step) {
        std::uint64_t bytes = one.unused().size + two.unused().size;
        for (const auto& [offset, size] : live) bytes += size;
        if (step % 16 == 0) expect_exact(arena, bytes);
        if (random.below(100) == 0) one.give_back();
        if (live.size() < 40 && random.below(2) == 0) {
          const Size size = 1 + random.below(random.below(8) == 0 ? 300 : 60), alignment = 1U << random.below(5);
          const auto got = with_any([&](auto& source) { return source.allocate(size, alignment, Fill::none); });
          if (!got) continue;
          const auto next = live.lower_bound(got->segment.offset);
          ASSERT_TRUE(next == live.end() || got->segment.end() <= next->first);
          ASSERT_TRUE(next == live.begin() || std::prev(next)->first + std::prev(next)->second <= got->segment.offset);
          live[got->segment.offset] = got->segment.size;
          paint(arena, got->segment, got->segment.offset);
        } else if (!live.empty()) {
          const auto at = random.below(2) == 0 ? std::prev(live.end())
                                               : std::next(live.begin(), random.below(static_cast<Size>(live.size())));
          const Extent segment{at->first, at->second};
          ASSERT_TRUE(painted(arena, segment, segment.offset));
          ASSERT_TRUE(with_any([&](auto& source) { return source.dealloc(segment.offset, segment.size); }));
          live.erase(at);
        }
      }
      for (const auto& [offset, size] : live) give_to(two, {offset, size});
    }
    expect_exact(arena, 0);
  });
}

TEST_P(MagazineTest, ServesContainers) {
  run({.capacity = 256 * 1024, .maximum_alignment = 64}, [](const auto& arena) {
    using Store = std::conditional_t<std::is_same_v<std::remove_cvref_t<decltype(arena)>, Arena>, AtomicStore, PlainStore>;
    {
      BasicMagazineResource<Store> resource(arena, 4096);
      std::pmr::map<int, std::pmr::string> texts(&resource);
      for (int i = 0; i < 300; ++i) texts[i * 7 % 300] = std::string(static_cast<std::size_t>(i % 60), 'x');
      for (int i = 0; i < 300; i += 2) texts.erase(i);
      EXPECT_EQ(texts.size(), 150U);
      std::pmr::memory_resource& base = resource;
      void* const aligned = base.allocate(30, 64);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned) % 64, 0U);
      base.deallocate(aligned, 30, 64);
      EXPECT_THROW((void)base.allocate(std::size_t{1} << 40U, 1), std::bad_alloc);
      EXPECT_THROW((void)base.allocate(8, std::size_t{1} << 20U), std::bad_alloc);
    }
    expect_exact(arena, 0);
  });
}

TEST(MagazineResourceTest, IsEqualToItselfAlone) {
  const auto arena = value_of(Arena::alloc({}));
  const MagazineResource one(arena, 512), two(arena, 512);
  const MemoryResource whole(arena);
  EXPECT_EQ(one, one);
  EXPECT_NE(one, two);
  EXPECT_NE(one, whole);
  EXPECT_NE(whole, one);
  EXPECT_THROW(MagazineResource(arena, std::uint64_t{1} << 32U), std::bad_alloc);
}

TEST(MagazineOfAFile, IsRefusedWhereItIsOnlyRead) {
  const TemporaryFolder folder;
  value_of(Arena::map_mut(folder.file("arena"), {.create_new = true}));
  const auto arena = value_of(Arena::map(folder.file("arena"), {}));
  EXPECT_EQ(arena.magazine(512).error().code, ErrorCode::read_only);
  EXPECT_THROW(MagazineResource(arena, 512), std::bad_alloc);
}

TEST(MagazineOfAFile, SurvivesATruncate) {
  const TemporaryFolder folder;
  auto arena = value_of(Arena::map_mut(folder.file("arena"), {.capacity = 8192, .create_new = true}));
  auto magazine = value_of(arena.magazine(512));
  const Extent one = take_of(magazine, 100);
  ASSERT_TRUE(arena.truncate(std::uint64_t{1} << 20U));
  const Extent two = value_of(magazine.allocate(100, 1)).segment;
  EXPECT_EQ(two.offset, one.end());
  EXPECT_TRUE(painted(arena, two, 0));
  magazine.give_back();
  expect_exact(arena, 200);
}

}  // namespace
}  // namespace rarena::detail
