// What an allocation that is to be filled with zeros writes, and what it need not.
#include "../words/untouched.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena {
namespace {

using namespace testing_support;

TEST(Untouched, SaysFromWhereOnNothingWasWritten) {
  Untouched untouched;
  EXPECT_EQ(untouched.from(), 0xffffffffU) << "nothing is known";
  untouched.start(100);
  untouched.give_up({100, 8192});
  EXPECT_EQ(untouched.from(), 8292U);
  untouched.give_up({200, 100});
  EXPECT_EQ(untouched.from(), 8292U) << "what lies below changes nothing";
  untouched.give_up({8292, 64});
  EXPECT_EQ(untouched.from(), 8292U + 64 + 64 * 1024) << "small ones go ahead";
}

bool all_zero(const BasicBytes<AtomicStore>& bytes) {
  return std::ranges::all_of(bytes.bytes(), [](std::byte b) { return b == std::byte{0}; });
}

// Every way in which bytes that were written come above the cursor, or into the freelist.
TEST(Untouched, WhatWasWrittenIsZeroedAgain) {
  constexpr std::uint64_t large = 20'000;
  auto arena = value_of(Arena::map_anon({.capacity = 1 << 20}));
  const auto soil = [&](std::uint64_t size) {
    auto bytes = value_of(arena.alloc_bytes(size, Fill::none));
    std::ranges::fill(bytes.bytes(), std::byte{0xff});
    return bytes;
  };
  soil(large);  // and goes back to the cursor
  EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(large))));
  for (const std::uint64_t size : {std::uint64_t{100}, large}) {
    soil(size).detach();
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(arena.data_offset())));
    EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(2 * large)))) << "after a rewind";
    soil(size).detach();
    ASSERT_TRUE(arena.clear());
    EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(2 * large)))) << "after a clear";
  }
  auto freed = soil(large);
  const auto guard = value_of(arena.alloc_bytes(arena.remaining(), Fill::none));
  freed = {};
  EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(large)))) << "from the freelist";
}

// Descriptors are written by the arena itself.
TEST(Untouched, WhatWereDescriptorsIsZeroedToo) {
  auto arena = value_of(Arena::map_anon({.capacity = 1 << 20, .descriptor_reserve = 4096}));
  ASSERT_TRUE(arena.rewind(ArenaPosition::start(arena.data_offset())));
  EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(200'000))));
}

// The pages of an anonymous map exist when they are written to.
TEST(Untouched, WhatWasNeverWrittenIsNotWritten) {
  if constexpr (ghosts::active) GTEST_SKIP() << "sanitizers want it written";
  constexpr std::size_t page = 4096, pages = 256;
  const auto arena = value_of(Arena::map_anon({.capacity = 4 << 20}));
  const auto bytes = value_of(arena.alloc_aligned_bytes(pages * page, page));
  std::array<unsigned char, pages> there{};
  ASSERT_EQ(::mincore(const_cast<std::byte*>(bytes.data()), pages * page, there.data()), 0);
  EXPECT_LT(std::ranges::count_if(there, [](unsigned char page_there) { return page_there % 2 != 0; }), 32);
  EXPECT_TRUE(all_zero(bytes));
}

}  // namespace
}  // namespace rarena
