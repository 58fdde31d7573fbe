// Every wrong request: the error it gets, and that nothing has changed.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class EveryError : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, EveryError, ::testing::ValuesIn(combinations()), combination_name);

// What an operation that fails must leave as it is.
struct Snapshot {
  Size allocated, discarded, spare;
  std::vector<Extent> free;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

template <class A>
Snapshot snapshot(const A& arena) {
  return {arena.allocated(), arena.discarded(), arena.spare_descriptors(), arena.free_segments()};
}

template <class T>
void expect_error(const std::expected<T, Error>& result, ErrorCode code, std::uint64_t asked, std::uint64_t there) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, code) << result.error().message();
  EXPECT_EQ(result.error().asked, asked) << result.error().message();
  EXPECT_EQ(result.error().there, there) << result.error().message();
}

template <class T>
void expect_message(const std::expected<T, Error>& result, const std::vector<std::string>& parts) {
  ASSERT_FALSE(result.has_value());
  const std::string text = result.error().message();
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " is not in: " << text;
}

TEST_P(EveryError, NoSizeWraps) {
  run({}, [](const auto& arena) {
    const Snapshot before = snapshot(arena);
    for (const std::uint64_t size :
         {std::uint64_t{0xffffffff}, std::uint64_t{0xfffffff0}, 0xffffffff - std::uint64_t{before.allocated},
          std::uint64_t{1} << 32, (std::uint64_t{1} << 32) + 8, ~std::uint64_t{0}})
      for (const Size alignment : {1U, 8U})
        expect_error(arena.allocate(size, alignment), ErrorCode::insufficient_space, size, arena.remaining());
    EXPECT_EQ(snapshot(arena), before);
    expect_message(arena.allocate(0xfffffff0, 8), {"4294967280", std::to_string(arena.remaining())});
  });
}

TEST_P(EveryError, AFullArenaSaysSo) {
  run({}, [](const auto& arena) {
    const Size left = arena.remaining();
    expect_error(arena.allocate(left + 1, 1), ErrorCode::insufficient_space, left + 1, left);
    fill_up(arena);
    expect_error(arena.allocate(1, 1), ErrorCode::insufficient_space, 1, 0);
  });
}

TEST_P(EveryError, AlignmentsArePowersOfTwo) {
  run({}, [](const auto& arena) {
    const Snapshot before = snapshot(arena);
    for (const std::uint64_t alignment : {0U, 3U, 6U, 0xffffffffU}) {
      expect_error(arena.allocate(8, alignment), ErrorCode::invalid_alignment, alignment, 0);
      expect_error(arena.allocate(0, alignment), ErrorCode::invalid_alignment, alignment, 0);
    }
    expect_message(arena.allocate(8, 3), {"3 is not a power of two"});
    EXPECT_EQ(snapshot(arena), before);
  });
}

TEST_P(EveryError, AlignmentsAreAtMostWhatTheMemoryGuarantees) {
  run({.maximum_alignment = 32}, [](const auto& arena) {
    const std::uint64_t limit = arena.maximum_alignment();
    EXPECT_TRUE(arena.allocate(8, limit) || arena.capacity() < limit * 2);
    const Snapshot before = snapshot(arena);
    for (const std::uint64_t alignment : {2 * limit, std::uint64_t{1} << 31, std::uint64_t{1} << 32, std::uint64_t{1} << 63})
      expect_error(arena.allocate(8, alignment), ErrorCode::alignment_too_large, alignment, limit);
    EXPECT_EQ(snapshot(arena), before);
  });
}

TEST_P(EveryError, WhatIsNotAllocatedCannotBeFreed) {
  run({.reserved = 8}, [](const auto& arena) {
    take(arena, 100);
    const Snapshot before = snapshot(arena);
    const Size top = arena.allocated(), begin = arena.data_offset();
    const std::vector<Extent> wrong = {{0, 1},
                                       {0, top},
                                       {begin - 1, 10},
                                       {arena.reserved(), 8},
                                       {top, 1},
                                       {top - 1, 2},
                                       {top - 100, 101},
                                       {begin, top},
                                       {0xffffffff, 1},
                                       {top - 50, 0xffffffff},
                                       {0xffffffff, 0xffffffff},
                                       {arena.capacity(), 16}};
    for (const Extent extent : wrong) {
      const auto freed = arena.dealloc(extent.offset, extent.size);
      expect_error(freed, ErrorCode::out_of_range, extent.end(), top);
      EXPECT_EQ(freed.error().at, extent.offset);
      expect_error(arena.get_bytes(extent.offset, extent.size), ErrorCode::out_of_range, extent.end(), top);
    }
    EXPECT_TRUE(value_of(arena.get_bytes(top, 0)).empty());
    EXPECT_EQ(snapshot(arena), before);
    expect_message(arena.dealloc(top, 7), {std::to_string(top), std::to_string(top + 7)});
  });
}

TEST_P(EveryError, WithoutRetriesAFullArenaFailsAtOnce) {
  run({.maximum_retries = 0}, [](const auto& arena) {
    const Extent all = fill_up(arena);
    expect_error(arena.allocate(1, 1), ErrorCode::insufficient_space, 1, 0);
    give(arena, all);
    EXPECT_TRUE(arena.allocate(1, 1));
  });
}

TEST_P(EveryError, TheMostRetriesEndToo) {
  run({.maximum_retries = 255}, [](const auto& arena) {
    fill_up(arena);
    EXPECT_FALSE(arena.allocate(1, 1));
  });
}

template <class A>
class Creation : public ::testing::Test {};
using Arenas = ::testing::Types<Arena, unsync::Arena>;
TYPED_TEST_SUITE(Creation, Arenas);

TYPED_TEST(Creation, NeedsRoomForOneByte) {
  const TemporaryFolder folder;
  for (const Size reserved : {0U, 1U, 7U, 8U, 9U, 1000U}) {
    Options options{.reserved = reserved, .create_new = true};
    for (const bool unify : {false, true}) {
      const auto smallest = static_cast<Size>(Geometry::of(unify, reserved, 0).data_offset() + 1);
      options.unify = unify;
      options.capacity = smallest - 1;
      expect_error(TypeParam::alloc(options), ErrorCode::capacity_too_small, smallest, smallest - 1);
      expect_error(TypeParam::map_anon(options), ErrorCode::capacity_too_small, smallest, smallest - 1);
      options.capacity = smallest;
      EXPECT_TRUE(value_of(TypeParam::alloc(options)).allocate(1, 1));
      EXPECT_TRUE(value_of(TypeParam::map_anon(options)).allocate(1, 1));
    }
    const auto path = folder.file(std::to_string(reserved));
    options.capacity -= 1;
    expect_error(TypeParam::map_mut(path, options), ErrorCode::capacity_too_small, options.capacity + 1, options.capacity);
    EXPECT_FALSE(std::filesystem::exists(path)) << "nothing is created";
    options.capacity += 1;
    EXPECT_TRUE(value_of(TypeParam::map_mut(path, options)).allocate(1, 1));
  }
}

TYPED_TEST(Creation, NoCapacityWraps) {
  const Options options{.capacity = 0xffffffff, .reserved = 0xffffffff, .index = 0};
  for (const bool unify : {false, true}) {
    Options wanted = options;
    wanted.unify = unify;
    expect_error(TypeParam::map_anon(wanted), ErrorCode::capacity_too_small, unify ? 0x100000071 : 0x100000001, 0xffffffff);
  }
  expect_error(TypeParam::alloc({.capacity = 0}), ErrorCode::capacity_too_small, 2, 0);
  expect_message(TypeParam::alloc({.capacity = 1}), {"capacity too small", "expected 2", "found 1"});
}

TYPED_TEST(Creation, TheLargestCapacityWorks) {
  const auto arena = value_of(TypeParam::map_anon({.capacity = 0xffffffff}));
  const Extent all = value_of(arena.allocate(arena.remaining(), 1, Fill::none)).segment;
  EXPECT_EQ(all.end(), 0xffffffffU);
  expect_error(arena.allocate(1, 1), ErrorCode::insufficient_space, 1, 0);
  give(arena, all);
  EXPECT_EQ(arena.remaining(), all.size);
}

TYPED_TEST(Creation, TheMaximumAlignmentIsAPowerOfTwo) {
  for (const Size alignment : {0U, 3U, 100U}) {
    expect_error(TypeParam::alloc({.maximum_alignment = alignment}), ErrorCode::invalid_alignment, alignment, 0);
    expect_error(TypeParam::map_anon({.maximum_alignment = alignment}), ErrorCode::invalid_alignment, alignment, 0);
  }
  EXPECT_TRUE(TypeParam::alloc({.maximum_alignment = 1}));
  EXPECT_TRUE(TypeParam::alloc({.maximum_alignment = 4096}));
}

TYPED_TEST(Creation, TheFreelistIsAKind) {
  expect_error(TypeParam::alloc({.freelist = static_cast<Freelist>(3)}), ErrorCode::wrong_freelist, 2, 3);
}

}  // namespace
}  // namespace rarena::detail
