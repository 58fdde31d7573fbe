// The registry of open arenas: who is in it, and where.
#include "registry.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

TEST(Registry, AnArenaIsFoundFromItsBeginningToItsEnd) {
  const std::byte* memory = nullptr;
  {
    const auto one = value_of(Arena::alloc({}));
    const auto two = value_of(unsync::Arena::map_anon({}));
    const auto three = value_of(Arena::alloc({}));
    memory = one.data();
    const void* const state = Registration::find(memory).state;
    EXPECT_NE(state, nullptr);
    EXPECT_NE(Registration::find(two.data()).state, state);
    EXPECT_FALSE(Registration::find(memory + 1)) << "only where its memory begins";
  }
  EXPECT_FALSE(Registration::find(memory));
}

TEST(Registry, TheEntriesBesideOneThatEndsStay) {
  std::optional<Arena> arenas[3];
  for (auto& arena : arenas) arena = value_of(Arena::alloc({}));
  for (const int gone : {1, 0}) {
    arenas[gone].reset();
    for (const auto& arena : arenas) EXPECT_TRUE(!arena || Registration::find(arena->data()));
  }
  EXPECT_TRUE(Registration::find(arenas[2]->data()));
}

TEST(Registry, AnArenaThatMovesIsFoundWhereItIs) {
  const TemporaryFolder folder;
  auto arena = value_of(Arena::map_mut(folder.file("arena"), {.capacity = 4096, .create_new = true}));
  const void* const state = Registration::find(arena.data()).state;
  ASSERT_TRUE(arena.truncate(64 << 20U));
  EXPECT_EQ(Registration::find(arena.data()).state, state);
  ASSERT_TRUE(arena.close());
  const auto reader = value_of(Arena::map(folder.file("arena"), {}));
  EXPECT_FALSE(Registration::find(reader.data())) << "nothing is allocated from an arena that is only read";
}

TEST(Registry, AnArenaThatDidNotBeginIsNotThere) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena");
  const auto arena = value_of(Arena::map_mut(path, {.create_new = true}));
  EXPECT_FALSE(Arena::map_mut(path, {}));
  EXPECT_TRUE(Registration::find(arena.data()));
}

TEST(Registry, WhatIsFoundAllocatesAndFrees) {
  const auto arena = value_of(Arena::alloc({}));
  const OpenArena open = Registration::find(arena.data());
  const Allocation given = value_of(open.allocate(open.state, 32, 16));
  expect_exact(arena, 32);
  EXPECT_TRUE(open.deallocate(open.state, given.segment));
  expect_exact(arena, 0);
}

}  // namespace
}  // namespace rarena::detail
