// offset_ptr as a pointer: null, conversions, arithmetic; and what a raw pointer does not do: it moves with its memory.
#include "offset_ptr.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <memory>
#include <type_traits>
#include <unordered_set>

namespace rarena::detail {
namespace {

struct PointedBase {
  int base = 1;
};
struct PointedOther {
  int other = 2;
};
struct PointedBoth : PointedOther, PointedBase {};
struct PointedNode {
  offset_ptr<PointedNode> next;
  int value = 0;
};

// Compile-time facts: nothing else would notice if they were wrong.
static_assert(offset_ptr<int>() == nullptr && !offset_ptr<const void>(nullptr));
static_assert(offset_ptr<int>().get() == nullptr && offset_ptr<int>() == offset_ptr<int>());
static_assert(std::contiguous_iterator<offset_ptr<int>> && std::contiguous_iterator<offset_ptr<const PointedBoth>>);
static_assert(std::is_convertible_v<offset_ptr<int>, offset_ptr<const int>>);
static_assert(std::is_convertible_v<offset_ptr<PointedBoth>, offset_ptr<PointedBase>>);
static_assert(std::is_convertible_v<offset_ptr<int>, offset_ptr<void>>);
static_assert(!std::is_convertible_v<offset_ptr<const int>, offset_ptr<int>>);
static_assert(!std::is_constructible_v<offset_ptr<int>, offset_ptr<const int>>);
static_assert(!std::is_convertible_v<offset_ptr<void>, offset_ptr<int>>);
static_assert(std::is_constructible_v<offset_ptr<int>, offset_ptr<void>>);
static_assert(!std::is_constructible_v<offset_ptr<int>, offset_ptr<PointedBase>>);
static_assert(std::is_same_v<std::pointer_traits<offset_ptr<int>>::rebind<char>, offset_ptr<char>>);
static_assert(!std::is_trivially_copyable_v<offset_ptr<int>>, "its bytes mean something else in another place");
static_assert(sizeof(offset_ptr<int>) == 8);

TEST(OffsetPointer, PointsToWhatItWasGiven) {
  int value = 7;
  const offset_ptr<int> pointer = &value;
  EXPECT_EQ(pointer.get(), &value);
  EXPECT_EQ(&*pointer, &value);
  EXPECT_EQ(std::to_address(pointer), &value);
  EXPECT_TRUE(static_cast<bool>(pointer));
  EXPECT_TRUE(pointer == &value && &value == pointer && pointer != nullptr && nullptr != pointer);
  EXPECT_EQ(std::pointer_traits<offset_ptr<int>>::pointer_to(value), pointer);
  *pointer = 8;
  EXPECT_EQ(value, 8);
}

TEST(OffsetPointer, ACopyPointsToTheSameFromElsewhere) {
  int value = 7;
  auto first = std::make_unique<offset_ptr<int>>(&value);
  const offset_ptr<int> second = *first;
  offset_ptr<int> third;
  third = second;
  first.reset();
  EXPECT_EQ(second.get(), &value);
  EXPECT_EQ(third.get(), &value);
  third = nullptr;
  EXPECT_EQ(third.get(), nullptr);
}

TEST(OffsetPointer, ZeroedBytesAreNullAndAPointerToItselfIsNot) {
  alignas(PointedNode) std::array<std::byte, sizeof(PointedNode)> bytes{};
  EXPECT_EQ(reinterpret_cast<PointedNode*>(bytes.data())->next, nullptr);
  PointedNode ring;
  ring.next = &ring;
  EXPECT_NE(ring.next, nullptr);
  EXPECT_EQ(ring.next.get(), &ring);
}

TEST(OffsetPointer, FollowsItsMemoryToAnotherAddress) {
  using Memory = std::array<PointedNode, 3>;
  auto here = std::make_unique<Memory>();
  (*here)[0].next = &(*here)[2];
  (*here)[2].next = &(*here)[1];
  (*here)[2].value = 5;
  alignas(Memory) std::array<std::byte, sizeof(Memory)> there;
  std::memcpy(there.data(), static_cast<const void*>(here.get()), sizeof(Memory));
  here.reset();
  const Memory& moved = *reinterpret_cast<const Memory*>(there.data());
  EXPECT_EQ(moved[0].next.get(), &moved[2]);
  EXPECT_EQ(moved[0].next->value, 5);
  EXPECT_EQ(moved[0].next->next.get(), &moved[1]);
  EXPECT_EQ(moved[1].next, nullptr);
}

TEST(OffsetPointer, ConvertsAsAPointerDoes) {
  PointedBoth both;
  const offset_ptr<PointedBoth> derived = &both;
  const offset_ptr<PointedBase> base = derived;
  EXPECT_EQ(base.get(), static_cast<PointedBase*>(&both)) << "the base lies elsewhere in the object";
  EXPECT_EQ(static_cast<offset_ptr<PointedBoth>>(base).get(), &both);
  const offset_ptr<void> nothing = derived;
  EXPECT_EQ(static_cast<offset_ptr<PointedBoth>>(nothing), derived);
  const offset_ptr<const PointedBoth> constant = derived;
  EXPECT_TRUE(constant == derived);
  const offset_ptr<PointedBase> null = offset_ptr<PointedBoth>();
  EXPECT_EQ(null, nullptr) << "null stays null, wherever the base lies";
}

TEST(OffsetPointer, CountsInElements) {
  std::array<int, 10> numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  offset_ptr<int> at = numbers.data();
  const offset_ptr<int> end = at + 10;
  EXPECT_EQ(end - at, 10);
  EXPECT_EQ(*(at + 3), 3);
  EXPECT_EQ(*(3 + at), 3);
  EXPECT_EQ(*(end - 1), 9);
  EXPECT_EQ(at[4], 4);
  EXPECT_EQ(*++at, 1);
  EXPECT_EQ(*at++, 1);
  EXPECT_EQ(*at--, 2);
  EXPECT_EQ(*--at, 0);
  EXPECT_EQ(*(at += 5), 5);
  EXPECT_EQ(*(at -= 2), 3);
  EXPECT_TRUE(at < end && end > at && at <= at && at >= at && at != end);
  int sum = 0;
  for (offset_ptr<const int> each = numbers.data(); each != end; ++each) sum += *each;
  EXPECT_EQ(sum, 45);
}

TEST(OffsetPointer, IsHashedByWhereItPoints) {
  std::array<int, 2> numbers{};
  const std::unordered_set<offset_ptr<int>> set{&numbers[0], &numbers[1], &numbers[0], nullptr};
  EXPECT_EQ(set.size(), 3U);
  EXPECT_TRUE(set.contains(&numbers[1]));
}

// What the optimizer must not assume: that a pointer made from the address of a local variable points into it.
TEST(OffsetPointer, TheCompilerSeesWritesThroughIt) {
  for (int round = 0; round < 3; ++round) {
    int first = round, second = 0;
    offset_ptr<int> pointer = &first;
    *pointer = 10;
    pointer = &second;
    *pointer = first + 1;
    EXPECT_EQ(first, 10);
    EXPECT_EQ(second, 11);
  }
}

}  // namespace
}  // namespace rarena::detail
