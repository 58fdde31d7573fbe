// Sizes and offsets of users are 64 bits wide, and refused where they do not fit; no sum of them wraps or overflows.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

constexpr std::uint64_t four_gigabytes = std::uint64_t{1} << 32U;
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t wide_sizes[] = {four_gigabytes, four_gigabytes + 8192, most - 7, most};

template <class A>
class Numbers : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};
using Arenas = ::testing::Types<Arena, unsync::Arena>;
TYPED_TEST_SUITE(Numbers, Arenas);

TYPED_TEST(Numbers, OfOptionsAreNotCut) {
  for (const std::uint64_t size : wide_sizes) {
    const Error too_large{.code = ErrorCode::size_too_large, .asked = four_gigabytes - 1, .there = size};
    EXPECT_EQ(TypeParam::alloc({.capacity = size}).error(), too_large);
    EXPECT_EQ(TypeParam::map_anon({.reserved = size}).error(), too_large);
    EXPECT_EQ(TypeParam::map_anon({.minimum_segment_size = size}).error(), too_large);
    EXPECT_EQ(TypeParam::map_mut(this->path, {.capacity = size, .create = true}).error(), too_large);
    EXPECT_FALSE(std::filesystem::exists(this->path));
  }
  EXPECT_EQ(TypeParam::alloc({.maximum_alignment = four_gigabytes}).error().code, ErrorCode::size_too_large);
  value_of(TypeParam::map_mut(this->path, {.create = true}));
  EXPECT_EQ(TypeParam::map_mut(this->path, {.reserved = four_gigabytes}).error().code, ErrorCode::size_too_large);
  EXPECT_TRUE(TypeParam::alloc({.capacity = 4096, .descriptor_reserve = most})) << "as many as have room";
}

TYPED_TEST(Numbers, OfCallsAreNotCut) {
  auto arena = value_of(TypeParam::map_mut(this->path, {.capacity = 8192, .create = true}));
  const Extent live = take(arena, 100);
  for (const std::uint64_t offset : wide_sizes) {
    const std::uint64_t far = offset < most - 100 ? offset + live.offset : offset;
    EXPECT_EQ(arena.dealloc(far, 100).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.dealloc(live.offset, offset).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.get_bytes(far, 100).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.get_bytes(live.offset, offset).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.flush_range(far, 100).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.flush_header_and_range(live.offset, offset).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.increase_discarded(offset).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(arena.set_minimum_segment_size(offset).error().code, ErrorCode::size_too_large);
    EXPECT_EQ(arena.truncate(offset).error().code, ErrorCode::size_too_large);
    EXPECT_EQ(arena.allocate(offset, 1).error().code, ErrorCode::insufficient_space);
  }
  EXPECT_EQ(arena.capacity(), 8192U);
  EXPECT_EQ(std::filesystem::file_size(this->path), 8192U);
  EXPECT_TRUE(arena.free_segments().empty());
  EXPECT_EQ(arena.discarded(), 0U);
}

TYPED_TEST(Numbers, OfPositionsDoNotOverflow) {
  auto arena = value_of(TypeParam::alloc({}));
  take(arena, 100);
  const Size top = arena.allocated();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(), largest = std::numeric_limits<std::int64_t>::max();
  for (const ArenaPosition position :
       {ArenaPosition::start(most), ArenaPosition::start(four_gigabytes + 40), ArenaPosition::end(most),
        ArenaPosition::end(four_gigabytes), ArenaPosition::current(largest), ArenaPosition::current(least),
        ArenaPosition::current(1)})
    EXPECT_EQ(arena.rewind(position).error().code, ErrorCode::out_of_range);
  EXPECT_EQ(arena.allocated(), top);
  EXPECT_TRUE(arena.rewind(ArenaPosition::current(-100)));
}

// What is unaccounted for can be given up, and not a byte more: a file whose numbers do not add up would not be opened again.
TYPED_TEST(Numbers, OfDiscardedBytesAddUp) {
  {
    auto arena = value_of(TypeParam::map_mut(this->path, {.capacity = 4096, .create = true}));
    const Extent freed = take(arena, 1000);
    const Extent live = take(arena, 100);
    give(arena, freed);
    EXPECT_EQ(arena.increase_discarded(500).error().code, ErrorCode::out_of_range)
        << "100 bytes are live, all others are accounted for";
    EXPECT_TRUE(arena.increase_discarded(live.size));
    EXPECT_FALSE(arena.increase_discarded(1));
    EXPECT_TRUE(arena.close());
  }
  EXPECT_TRUE(TypeParam::map_mut(this->path, {}));
}

}  // namespace
}  // namespace rarena::detail
