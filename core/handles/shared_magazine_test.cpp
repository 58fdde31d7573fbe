// Shared magazines in every combination of arena, memory and freelist. A thread may be moved to another processor at any
// moment, so where bytes come from is exact only in arenas of one thread, which have one slot; that all bytes are somewhere, is
// in all.
#include "shared_magazine.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "memory_resource.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class SharedMagazineTest : public EveryArena {
 protected:
  static constexpr Options options{.capacity = 8192, .maximum_alignment = 64};
  static bool has_one_slot() { return !GetParam().concurrent; }
};
INSTANTIATE_TEST_SUITE_P(All, SharedMagazineTest, ::testing::ValuesIn(combinations()), combination_name);

template <class M>
Extent taken_of(const M& magazine, Size size, Size alignment = 1) {
  return value_of(magazine.allocate(size, alignment, Fill::none)).segment;
}

TEST_P(SharedMagazineTest, IsTheArenaItselfUntilThreadsMeet) {
  run(options, [](const auto& arena) {
    const auto magazine = value_of(arena.sharded(1024));
    Extent last = taken_of(magazine, 100);
    for (int i = 0; i < 10; ++i) {
      const Extent next = taken_of(magazine, 100);
      EXPECT_EQ(last.end(), next.offset);
      last = next;
    }
    EXPECT_EQ(magazine.unused(), 0U);
    EXPECT_TRUE(magazine.dealloc(last.offset, last.size));
    EXPECT_EQ(arena.allocated(), last.offset);
  });
}

TEST_P(SharedMagazineTest, HandsOutChunksOnceTheyHaveBegun) {
  run(options, [](const auto& arena) {
    std::uint64_t live = 0;
    {
      const auto magazine = value_of(arena.sharded(1024));
      magazine.begin_here();
      EXPECT_GE(magazine.unused(), 1024U);
      for (int i = 0; i < 20; ++i) live += taken_of(magazine, 100).size;
      expect_exact(arena, live + magazine.unused());
      if (has_one_slot()) {
        const Extent last = taken_of(magazine, 40);
        EXPECT_TRUE(magazine.dealloc(last.offset, last.size));
        EXPECT_EQ(taken_of(magazine, 20).offset, last.offset);
        live += 20;
      }
      const auto bytes = value_of(magazine.alloc_bytes(30));
      EXPECT_TRUE(painted(arena, bytes.segment(), 0));
      expect_exact(arena, live + bytes.segment().size + magazine.unused());
    }
    expect_exact(arena, live);
  });
}

TEST_P(SharedMagazineTest, GivesBackAndBeginsAgain) {
  run(options, [](const auto& arena) {
    const auto magazine = value_of(arena.sharded(512));
    for (int round = 0; round < 3; ++round) {
      magazine.begin_here();
      magazine.begin_here();
      EXPECT_GE(magazine.unused(), 512U);
      magazine.give_back();
      EXPECT_EQ(magazine.unused(), 0U);
      expect_exact(arena, 0);
    }
  });
}

TEST_P(SharedMagazineTest, SaysWhatIsWrongAsTheArenaDoes) {
  run(options, [](const auto& arena) {
    const auto magazine = value_of(arena.sharded(512));
    magazine.begin_here();
    const Extent live = taken_of(magazine, 10);
    EXPECT_EQ(magazine.allocate(10, 3).error().code, ErrorCode::invalid_alignment);
    EXPECT_EQ(magazine.allocate(10, 1U << 20U).error().code, ErrorCode::alignment_too_large);
    EXPECT_EQ(magazine.allocate(9000, 1).error().code, ErrorCode::insufficient_space);
    EXPECT_EQ(magazine.dealloc(0, live.end()).error().code, ErrorCode::out_of_range);
    EXPECT_TRUE(value_of(magazine.allocate(0, 1)).segment.empty());
    EXPECT_EQ(arena.sharded(std::uint64_t{1} << 32U).error().code, ErrorCode::size_too_large);
  });
}

TEST_P(SharedMagazineTest, IsTheArenaItselfAfterARewind) {
  run(options, [](auto arena) {
    auto magazine = value_of(arena.sharded(512));
    magazine.begin_here();
    (void)taken_of(magazine, 100);
    ASSERT_TRUE(arena.clear());
    const Extent one = taken_of(magazine, 100), two = taken_of(magazine, 100);
    EXPECT_EQ(one.end(), two.offset);
    EXPECT_TRUE(magazine.dealloc(two.offset, two.size));
    magazine.begin_here();
    magazine.give_back();
    expect_exact(arena, one.size);
    magazine.begin_again();
    EXPECT_EQ(magazine.unused(), 0U);
    magazine.begin_here();
    const std::uint64_t unused = magazine.unused();
    EXPECT_GE(unused, 512U);
    const Extent above = take(arena, 10);
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(above.offset)));
    magazine.begin_again();
    EXPECT_EQ(magazine.unused(), unused) << "nothing of it was given up";
    ASSERT_TRUE(arena.rewind(ArenaPosition::current(-1)));
  });
}

TEST_P(SharedMagazineTest, Moves) {
  run(options, [](const auto& arena) {
    auto one = value_of(arena.sharded(512)), two = value_of(arena.sharded(256));
    one.begin_here();
    two.begin_here();
    const std::uint64_t unused = one.unused();
    two = std::move(one);
    EXPECT_EQ(two.unused(), unused);
    expect_exact(arena, unused);
    std::remove_cvref_t<decltype(one)> empty, other(std::move(two));
    empty = std::move(other);
    EXPECT_EQ(empty.unused(), unused);
  });
}

TEST_P(SharedMagazineTest, ServesContainers) {
  run({.capacity = 256 * 1024, .maximum_alignment = 64}, [](const auto& arena) {
    using Store = std::conditional_t<std::is_same_v<std::remove_cvref_t<decltype(arena)>, Arena>, AtomicStore, PlainStore>;
    {
      BasicSharedMagazineResource<Store> resource(arena, 4096);
      std::pmr::map<int, std::pmr::string> texts(&resource);
      for (int i = 0; i < 300; ++i) texts[i * 7 % 300] = std::string(static_cast<std::size_t>(i % 60), 'x');
      for (int i = 0; i < 300; i += 2) texts.erase(i);
      EXPECT_EQ(texts.size(), 150U);
      EXPECT_THROW((void)resource.allocate(std::size_t{1} << 40U, 1), std::bad_alloc);
    }
    expect_exact(arena, 0);
  });
}

TEST(SharedMagazineOfAFile, IsRefusedWhereItIsOnlyRead) {
  const TemporaryFolder folder;
  value_of(Arena::map_mut(folder.file("arena"), {.create_new = true}));
  const auto arena = value_of(Arena::map(folder.file("arena"), {}));
  EXPECT_EQ(arena.sharded(512).error().code, ErrorCode::read_only);
  EXPECT_THROW(SharedMagazineResource(arena, 512), std::bad_alloc);
}

}  // namespace
}  // namespace rarena::detail
