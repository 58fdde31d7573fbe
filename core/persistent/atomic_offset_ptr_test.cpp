// atomic_offset_ptr: a pointer that threads share, in memory that moves.
#include "atomic_offset_ptr.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

namespace rarena {
namespace {

struct StackNode {
  std::uint64_t value = 0;
  StackNode* below = nullptr;
};

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

// Each thread pushes its nodes on one stack; what it finds there is complete.
TEST(AtomicOffsetPointer, WhatIsPublishedIsComplete) {
  constexpr std::uint64_t count = 4, each = 2000;
  std::vector<StackNode> nodes(count * each);
  atomic_offset_ptr<StackNode> top;
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t i = t * each; i < (t + 1) * each; ++i) {
        StackNode& node = nodes[i];
        node.value = i + 1;
        node.below = top.load();
        while (!top.compare_exchange(node.below, &node)) EXPECT_NE(node.below->value, 0U);
      }
    });
  threads.clear();
  std::uint64_t sum = 0, size = 0;
  for (const StackNode* node = top.load(); node != nullptr; node = node->below) {
    sum += node->value;
    ++size;
  }
  EXPECT_EQ(size, count * each);
  EXPECT_EQ(sum, size * (size + 1) / 2);
}

}  // namespace
}  // namespace rarena
