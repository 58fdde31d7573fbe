// atomic_offset_ptr: a pointer that threads share, in memory that moves.
#include "atomic_offset_ptr.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <memory>

namespace rarena::detail {
namespace {

TEST(AtomicOffsetPointer, IsAVariable) {
  int one = 1, two = 2;
  atomic_offset_ptr<int> pointer;
  EXPECT_EQ(pointer.load(), nullptr);
  pointer.store(&one);
  EXPECT_EQ(pointer.load(), &one);
  EXPECT_EQ(pointer.exchange(&two), &one);
  int* expected = &one;
  EXPECT_FALSE(pointer.compare_exchange(expected, nullptr));
  EXPECT_EQ(expected, &two);
  EXPECT_TRUE(pointer.compare_exchange(expected, nullptr));
  EXPECT_EQ(pointer.load(), nullptr);
}

TEST(AtomicOffsetPointer, FollowsItsMemory) {
  struct Pair {
    atomic_offset_ptr<const int> pointer;
    int value = 5;
  };
  auto here = std::make_unique<Pair>();
  here->pointer.store(&here->value);
  alignas(Pair) std::byte there[sizeof(Pair)];
  std::memcpy(there, static_cast<const void*>(here.get()), sizeof(Pair));
  here.reset();
  const Pair& moved = *reinterpret_cast<const Pair*>(there);
  EXPECT_EQ(moved.pointer.load(), &moved.value);
}

}  // namespace
}  // namespace rarena::detail
