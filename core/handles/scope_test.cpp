// Scopes: what was allocated inside is given up at the end, in every combination of arena, memory and freelist.
#include "scope.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <type_traits>

#include "../arena/arena_test_support.hpp"
#include "bytes.hpp"
#include "owned.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

static_assert(!std::is_copy_constructible_v<ArenaScope> && !std::is_move_constructible_v<ArenaScope>,
              "the arena knows where it lies");

class ScopesOf : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, ScopesOf, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(ScopesOf, GiveUpWhatWasAllocatedInside) {
  run({}, [](auto arena) {
    const Extent before = take(arena, 50);
    const Size spare = arena.spare_descriptors();
    {
      const auto scope = arena.scope();
      EXPECT_TRUE(scope.active());
      take_all(arena, {100, 30, 7});
    }
    EXPECT_EQ(arena.allocated(), before.end());
    EXPECT_EQ(arena.spare_descriptors(), spare);
    EXPECT_TRUE(arena.free_segments().empty());
  });
}

TEST_P(ScopesOf, LieInOneAnother) {
  run({}, [](auto arena) {
    const Size first = arena.allocated();
    {
      const auto outer = arena.scope();
      const Extent kept = take(arena, 100);
      {
        const auto inner = arena.scope();
        take(arena, 100);
        const auto innermost = arena.scope();
        take(arena, 100);
      }
      EXPECT_EQ(arena.allocated(), kept.end());
      const auto again = arena.scope();
      take(arena, 10);
    }
    EXPECT_EQ(arena.allocated(), first);
  });
}

TEST_P(ScopesOf, MayBeKept) {
  run({}, [](auto arena) {
    const Size first = arena.allocated();
    {
      auto outer = arena.scope();
      {
        auto inner = arena.scope();
        take(arena, 100);
        inner.keep();
        EXPECT_FALSE(inner.active());
      }
      EXPECT_EQ(arena.allocated(), first + 100) << "it stays in the scope around it";
    }
    EXPECT_EQ(arena.allocated(), first);
  });
}

TEST_P(ScopesOf, EndOnce) {
  run({}, [](auto arena) {
    auto scope = arena.scope();
    const Size first = arena.allocated();
    take(arena, 100);
    EXPECT_TRUE(scope.end());
    EXPECT_EQ(arena.allocated(), first);
    take(arena, 50);
    EXPECT_TRUE(scope.end());
    scope.keep();
    EXPECT_EQ(arena.allocated(), first + 50) << "what comes later is not its own";
  });
}

TEST_P(ScopesOf, MakeHandlesVoid) {
  run({}, [](auto arena) {
    auto below = value_of(arena.alloc_bytes(50));
    auto scope = arena.scope();
    auto inside = value_of(arena.alloc_bytes(50));
    EXPECT_TRUE(scope.end());
    EXPECT_TRUE(below.owns());
    EXPECT_FALSE(inside.owns());
    const Extent next = take(arena, 50);
    inside = {};
    EXPECT_EQ(arena.allocated(), next.end()) << "it frees nothing";
  });
}

TEST_P(ScopesOf, WhatIsFreedInsideStaysFree) {
  run({.capacity = 4096}, [](auto arena) {
    const auto segments = take_all(arena, {100, 20, 100, 20});
    const Size position = arena.allocated();
    {
      const auto scope = arena.scope();
      const auto inside = take_all(arena, {200, 20, 300, 20});
      give(arena, segments[0]);
      give(arena, inside[0]);
      give(arena, segments[2]);
      give(arena, inside[2]);
    }
    EXPECT_EQ(arena.allocated(), position);
    for (const Extent segment : arena.free_segments()) EXPECT_LE(segment.end(), position);
    if (arena.freelist() != Freelist::none) {
      EXPECT_EQ(expect_order(arena), 200U);
    }
  });
}

// The topmost segment is given back to the cursor, which is then below the beginning.
TEST_P(ScopesOf, ACursorThatHasComeDownStaysWhereItIs) {
  run({}, [](auto arena) {
    const Extent before = take(arena, 100);
    auto scope = arena.scope();
    give(arena, before);
    EXPECT_TRUE(scope.end());
    EXPECT_EQ(arena.allocated(), before.offset);
  });
}

TEST_P(ScopesOf, AreVoidBehindAClearAndARewindToBelow) {
  run({}, [](auto arena) {
    for (const bool clear : {false, true}) {
      take(arena, 100);
      const Size middle = arena.allocated();
      take(arena, 100);
      auto scope = arena.scope();
      ASSERT_TRUE(clear ? arena.clear() : arena.rewind(ArenaPosition::start(middle)));
      EXPECT_FALSE(scope.active());
      take(arena, 300);
      const Size top = arena.allocated();
      EXPECT_TRUE(scope.end());
      EXPECT_EQ(arena.allocated(), top);
    }
  });
}

TEST_P(ScopesOf, AScopeThatARewindHasNotReachedGoesOn) {
  run({}, [](auto arena) {
    const Size first = arena.allocated();
    {
      const auto scope = arena.scope();
      ASSERT_TRUE(arena.rewind(ArenaPosition::start(first)));
      EXPECT_TRUE(scope.active());
      take(arena, 100);
    }
    EXPECT_EQ(arena.allocated(), first);
  });
}

// One that ends too early takes those inside it along. A checked build ends the program (misuse_test.cpp).
TEST_P(ScopesOf, OutOfOrderDoNoHarm) {
  if constexpr (checked) GTEST_SKIP() << "a checked build";
  run({}, [](auto arena) {
    const Size first = arena.allocated();
    auto outer = arena.scope();
    auto inner = arena.scope();
    auto innermost = arena.scope();
    take(arena, 100);
    EXPECT_TRUE(outer.end());
    EXPECT_EQ(arena.allocated(), first);
    EXPECT_FALSE(inner.active());
    auto next = arena.scope();
    take(arena, 100);
    EXPECT_TRUE(innermost.end());
    inner.keep();
    EXPECT_EQ(arena.allocated(), first + 100) << "somebody else's";
    EXPECT_TRUE(next.active());
    EXPECT_TRUE(next.end());
    EXPECT_EQ(arena.allocated(), first);
  });
}

TEST(ScopesOfAFile, HaveNoEffectWhereItIsOnlyRead) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena");
  value_of(Arena::map_mut(path, {.create = true}));
  auto arena = value_of(Arena::map(path, {}));
  auto scope = arena.scope();
  EXPECT_FALSE(scope.active());
  EXPECT_TRUE(scope.end());
  scope.keep();
}

TEST(ScopesOfAFile, LeaveAFileThatIsOpenedAgain) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena");
  Size top = 0;
  {
    auto arena = value_of(Arena::map_mut(path, {.capacity = 65536, .create = true}));
    give(arena, take_all(arena, {100, 200, 100})[1]);
    top = arena.allocated();
    auto scope = arena.scope();
    give(arena, take_all(arena, {100, 200, 100})[1]);
    ASSERT_TRUE(arena.truncate(1 << 20)) << "it may move meanwhile";
    EXPECT_TRUE(scope.end());
    EXPECT_TRUE(arena.close());
  }
  const auto arena = value_of(Arena::map_mut(path, {}));
  EXPECT_EQ(arena.recovery().opening, Recovery::Opening::clean);
  EXPECT_EQ(arena.allocated(), top);
}

TEST(Scopes, ThatCannotEndSayWhy) {
  auto arena = value_of(Arena::alloc({.capacity = 1 << 16}));
  Size top = 0;
  {
    auto scope = arena.scope();
    const auto inside = take_all(arena, {100, 100, 100});
    give(arena, inside[1]);
    top = arena.allocated();
    const auto descriptor = static_cast<Offset>(align_up(arena.data_offset(), descriptor_size));
    std::memset(arena.get_pointer(descriptor), 0xaa, descriptor_size);
    EXPECT_FALSE(scope.end());
    EXPECT_EQ(arena.allocated(), top) << "everything stays allocated";
  }
  EXPECT_EQ(arena.allocated(), top);
}

}  // namespace
}  // namespace rarena::detail
