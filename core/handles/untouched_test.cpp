// What an allocation that is to be filled with zeros writes, and what it need not.
#include "../words/untouched.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "../arena/arena_test_support.hpp"
#include "../memory/memory_test_support.hpp"
#include "magazine.hpp"

namespace rarena::detail {
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

constexpr std::uint64_t some_pages = 20'000;

Arena fresh_arena() { return value_of(Arena::map_anon({.capacity = 1 << 20})); }

Bytes soil(const Arena& arena, std::uint64_t size) {
  auto bytes = value_of(arena.alloc_bytes(size, Fill::none));
  std::ranges::fill(bytes.bytes(), std::byte{0xff});
  return bytes;
}

// Every way in which bytes that were written come above the cursor, or into the freelist; each in an arena of its own, in which
// nothing was written before.
TEST(Untouched, WhatWasWrittenIsZeroedAgain) {
  auto arena = fresh_arena();
  soil(arena, some_pages);
  EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(some_pages)))) << "it went back to the cursor";
  for (const std::uint64_t size : {std::uint64_t{100}, some_pages}) {
    arena = fresh_arena();
    soil(arena, size).detach();
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(arena.data_offset())));
    EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(2 * some_pages)))) << "after a rewind";
    arena = fresh_arena();
    soil(arena, size).detach();
    ASSERT_TRUE(arena.clear());
    EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(2 * some_pages)))) << "after a clear";
  }
  arena = fresh_arena();
  auto freed = soil(arena, some_pages);
  const auto guard = value_of(arena.alloc_bytes(arena.remaining(), Fill::none));
  freed = {};
  EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(some_pages)))) << "from the freelist";
}

// The same where no handle frees them: by their place, and through a magazine, whose chunk goes back to the cursor at its end.
TEST(Untouched, WhatWasFreedWithoutAHandleIsZeroedAgain) {
  const auto arena = fresh_arena();
  const auto write_to = [&](Extent segment) { std::memset(arena.get_pointer(segment.offset), 0xff, segment.size); };
  const Extent whole = value_of(arena.allocate(some_pages, 1, Fill::none)).segment;
  write_to(whole);
  ASSERT_TRUE(arena.dealloc(whole.offset, whole.size));
  EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(some_pages))));
  const auto below = value_of(arena.alloc_bytes(200'000, Fill::none));
  {
    auto magazine = value_of(arena.magazine(100'000));
    const Extent piece = value_of(magazine.allocate(some_pages, 1, Fill::none)).segment;
    write_to(piece);
    ASSERT_TRUE(magazine.dealloc(piece.offset, piece.size));
  }
  ASSERT_EQ(arena.allocated(), below.segment().end());
  EXPECT_TRUE(all_zero(value_of(arena.alloc_bytes(some_pages))));
}

// A child that takes a file over knows what its parent had written when it was made, and nothing of what came later.
TEST(Untouched, WhatAnotherProcessHasWrittenIsZeroedAgain) {
  const TemporaryFolder folder;
  auto arena = value_of(Arena::map_mut(folder.file("arena"), {.capacity = 1 << 20, .create_new = true}));
  std::array<int, 2> written{};
  ASSERT_EQ(::pipe(written.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char go = 0;
    const bool told = ::read(written[0], &go, 1) == 1 && arena.take_over().has_value();
    ::_exit(told && all_zero(value_of(arena.alloc_bytes(some_pages))) ? 0 : 1);
  }
  soil(arena, some_pages);
  ASSERT_EQ(::write(written[1], "x", 1), 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  for (const int end : written) ::close(end);
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
}  // namespace rarena::detail
