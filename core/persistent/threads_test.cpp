// Threads that share pointers, roots and containers of one arena.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "atomic_offset_ptr.hpp"
#include "roots.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

struct StackNode {
  std::uint64_t value = 0;
  StackNode* below = nullptr;
};

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

TEST(RootsOfThreads, AreMadeOnce) {
  const auto arena = value_of(Arena::alloc({.capacity = 1 << 20U}));
  constexpr std::size_t count = 4, names = 50;
  std::vector<std::vector<std::uint64_t*>> found(count);
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < names; ++i)
        found[t].push_back(value_of(arena.root_or_emplace<std::uint64_t>(std::to_string(i), i)));
      for (std::size_t i = t; i < names; i += count) (void)arena.emplace_root<int>("own " + std::to_string(i));
      for (std::size_t i = t; i < names; i += count) (void)arena.remove_root<int>("own " + std::to_string(i));
    });
  threads.clear();
  for (const auto& each : found) EXPECT_EQ(each, found[0]);
  const auto roots = value_of(arena.roots());
  EXPECT_EQ(roots.size(), names);
  std::uint64_t live = 0;
  for (const NamedRoot& root : roots) live += root.segment.size;
  expect_exact(arena, live);
}

// An older cursor may lie below what another thread has published: nobody is in the directory while it is read.
TEST(RootsOfThreads, ReadTheCursorInsideTheDirectory) {
  auto arena = value_of(Arena::alloc({.capacity = 1 << 16U, .unify = true}));
  const Geometry geometry = arena.state_of_scope()->geometry();
  NamedRoots roots;
  std::vector<std::future<void>> others;
  const auto cursor = [&] {
    others.push_back(std::async(std::launch::async, [&] { (void)roots.ask([] { return std::expected<void, Error>(); }); }));
    EXPECT_EQ(others.back().wait_for(std::chrono::milliseconds(20)), std::future_status::timeout) << "another one is inside";
    return arena.allocated();
  };
  const auto found = roots.take_out(AtomicStore(arena.data()), {arena.data(), geometry}, cursor, "none", tag_of<int>(),
                                    [](Extent) { return std::expected<void, Error>(); });
  EXPECT_FALSE(found);
  EXPECT_EQ(others.size(), 1U);
}

// Each has containers of its own, in one arena.
TEST(AllocatorsOfThreads, GiveEveryByteBack) {
  const auto arena = value_of(Arena::alloc({.capacity = 1 << 20U}));
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < 20; ++round) {
          std::vector<std::uint64_t, ArenaAllocator<std::uint64_t>> numbers(arena);
          for (std::uint64_t i = 0; i < 500; ++i) numbers.push_back(i + t);
          for (std::uint64_t i = 0; i < 500; ++i) EXPECT_EQ(numbers[i], i + t);
        }
      });
    // An arena that begins and ends beside them is none of theirs.
    for (int i = 0; i < 100; ++i) (void)value_of(Arena::alloc({}));
  }
  expect_exact(arena, 0);
}

}  // namespace
}  // namespace rarena::detail
