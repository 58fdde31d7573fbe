// Bytes that nobody owns are poisoned, bytes that somebody owns are not. Only a build with
// AddressSanitizer has these tests (core/CMakeLists.txt).
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

// Whether a use of the byte would be reported.
bool reported(const std::byte* byte) { return __asan_address_is_poisoned(byte) != 0; }

class Ghosts : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, Ghosts, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(Ghosts, FollowOwnership) {
  run({}, [](const auto& arena) {
    EXPECT_TRUE(reported(arena.get_pointer(arena.allocated() + 8)));
    EXPECT_TRUE(reported(arena.get_pointer(arena.capacity() - 8)));
    const Extent segment = take(arena, 64), rest = fill_up(arena);
    const std::byte* const middle = arena.get_pointer(segment.offset + 32);
    EXPECT_FALSE(reported(middle));
    EXPECT_FALSE(reported(arena.get_pointer(rest.offset + 8)));
    give(arena, segment);
    EXPECT_TRUE(reported(middle));
    if (arena.freelist() != Freelist::none) {
      EXPECT_EQ(take(arena, 64), segment);
      EXPECT_FALSE(reported(middle));
    }
  });
}

TEST_P(Ghosts, EndWithTheArena) {
  static std::byte* middle = nullptr;
  run({}, [](const auto& arena) {
    middle = arena.get_pointer(512);
    EXPECT_TRUE(reported(middle));
  });
  if (GetParam().kind != Kind::heap && GetParam().kind != Kind::heap_unified) {
    EXPECT_FALSE(reported(middle)) << "a later map at this place would be reported";
  }
}

TEST(GhostsOfFiles, ComeBackWithTheFile) {
  const TemporaryFolder folder;
  Extent freed, live;
  {
    const auto arena = value_of(Arena::map_mut(folder.file("arena"), {.create_new = true}));
    freed = take(arena, 64);
    live = take(arena, 64);
    give(arena, freed);
  }
  const auto arena = value_of(Arena::map_mut(folder.file("arena"), {}));
  EXPECT_TRUE(reported(arena.get_pointer(freed.offset + 32)));
  EXPECT_TRUE(reported(arena.get_pointer(arena.allocated() + 8)));
  EXPECT_FALSE(reported(arena.get_pointer(live.offset + 32)));
}

}  // namespace
}  // namespace rarena::detail
