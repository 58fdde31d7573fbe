// What a magazine has not handed out is poisoned. Only a build with AddressSanitizer has these tests (core/CMakeLists.txt).
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include "../arena/arena_test_support.hpp"
#include "magazine.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

bool is_poisoned(const Arena& arena, std::uint64_t offset) {
  return __asan_address_is_poisoned(arena.get_pointer(offset)) != 0;
}

TEST(GhostsOfMagazines, AreInWhatHasNotBeenHandedOut) {
  const auto arena = value_of(Arena::alloc({.capacity = 8192}));
  auto magazine = value_of(arena.magazine(1024));
  const Extent one = value_of(magazine.allocate(64, 16)).segment;
  EXPECT_FALSE(is_poisoned(arena, one.offset + 32));
  EXPECT_TRUE(is_poisoned(arena, one.end() + 8));
  const Extent two = value_of(magazine.allocate(64, 16)).segment;
  EXPECT_FALSE(is_poisoned(arena, two.offset + 32));
  ASSERT_TRUE(magazine.dealloc(two.offset, two.size));
  EXPECT_TRUE(is_poisoned(arena, two.offset + 32));
  const Extent unused = magazine.unused();
  magazine.give_back();
  EXPECT_TRUE(is_poisoned(arena, unused.offset + 32));
  EXPECT_EQ(take(arena, 64), two);
  EXPECT_FALSE(is_poisoned(arena, two.offset + 32));
}

}  // namespace
}  // namespace rarena::detail
