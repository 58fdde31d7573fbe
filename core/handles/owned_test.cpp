// Owned: constructed, destroyed once, freed.
#include "owned.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "../arena/arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class OwnedTest : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, OwnedTest, ::testing::ValuesIn(combinations()), combination_name);

// Counts how many there are.
struct Counted {
  Counted(int& count, int number) : count_(&count), number_(number) { ++*count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*count_; }
  int number() const { return number_; }

 private:
  int* count_;
  int number_;
};

TEST_P(OwnedTest, ConstructsDestroysAndFrees) {
  run({}, [](const auto& arena) {
    int count = 0;
    const Size before = arena.allocated();
    {
      const auto owned = value_of(arena.template alloc<Counted>(count, 7));
      EXPECT_EQ(count, 1);
      EXPECT_EQ(owned->number(), 7);
      EXPECT_EQ((*owned).number(), 7);
      EXPECT_EQ(owned.offset() % alignof(Counted), 0U);
      EXPECT_EQ(reinterpret_cast<std::byte*>(owned.get()), arena.get_pointer(owned.offset()));
      expect_exact(arena, owned.segment().size);
    }
    EXPECT_EQ(count, 0);
    EXPECT_EQ(arena.allocated(), before);
    expect_exact(arena, 0);
  });
}

TEST_P(OwnedTest, DetachNeitherDestroysNorFrees) {
  run({}, [](const auto& arena) {
    int count = 0;
    Extent segment;
    Offset offset = 0;
    {
      auto owned = value_of(arena.template alloc<Counted>(count, 8));
      offset = owned.offset();
      segment = owned.detach();
      EXPECT_FALSE(owned);
    }
    EXPECT_EQ(count, 1);
    expect_exact(arena, segment.size);
    auto* const object = reinterpret_cast<Counted*>(arena.get_pointer(offset));
    EXPECT_EQ(object->number(), 8);
    std::destroy_at(object);
    give(arena, segment);
    expect_exact(arena, 0);
  });
}

TEST_P(OwnedTest, MovesWithoutDestroying) {
  run({}, [](const auto& arena) {
    int count = 0;
    {
      auto first = value_of(arena.template alloc<Counted>(count, 1)),
           second = value_of(arena.template alloc<Counted>(count, 2));
      auto third = std::move(first);
      EXPECT_EQ(count, 2);
      EXPECT_FALSE(first);  // NOLINT: moved-from is empty
      second = std::move(third);
      EXPECT_EQ(count, 1);
      EXPECT_EQ(second->number(), 1);
    }
    EXPECT_EQ(count, 0);
    expect_exact(arena, 0);
  });
}

TEST_P(OwnedTest, AConstructorThatThrowsLeavesNothingBehind) {
  struct Throws {
    explicit Throws(int) { throw std::runtime_error("no"); }
    char bytes[40];
  };
  run({}, [](const auto& arena) {
    EXPECT_THROW((void)arena.template alloc<Throws>(1), std::runtime_error);
    expect_exact(arena, 0);
  });
}

TEST(Owned, OfATypeWithoutMembersHasAByteOfItsOwn) {
  struct Nothing {};
  const auto arena = value_of(Arena::alloc({}));
  const auto one = value_of(arena.alloc<Nothing>()), two = value_of(arena.alloc<Nothing>());
  EXPECT_EQ(one.segment().size, 1U);
  EXPECT_NE(one.get(), two.get());
  EXPECT_TRUE(one.owns());
  EXPECT_FALSE(Owned<Nothing>().owns());
}

TEST(Owned, NeedsRoomAndAlignment) {
  struct alignas(64) Wide {
    char c[64] = {};
  };
  const auto arena = value_of(Arena::alloc({.capacity = 128, .maximum_alignment = 32}));
  EXPECT_EQ(arena.alloc<Wide>().error().code, ErrorCode::alignment_too_large);
  struct Large {
    char c[1000];
  };
  EXPECT_EQ(arena.alloc<Large>().error().code, ErrorCode::insufficient_space);
  EXPECT_EQ(*value_of(arena.alloc<std::string>("text")), "text");
  EXPECT_FALSE(Owned<int>());
}

}  // namespace
}  // namespace rarena::detail
