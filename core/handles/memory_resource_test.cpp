// The containers of the standard library in an arena; every byte comes back.
#include "memory_resource.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory_resource>
#include <new>
#include <string>
#include <vector>

#include "../arena/arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class MemoryResourceTest : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, MemoryResourceTest, ::testing::ValuesIn(combinations()), combination_name);

template <WordStore Store>
BasicMemoryResource<Store> resource_of(const BasicArena<Store>& arena) {
  return BasicMemoryResource<Store>(arena);
}

TEST_P(MemoryResourceTest, AVectorGrowsAndGivesItsBytesBack) {
  run({.capacity = 64 * 1024}, [](const auto& arena) {
    auto resource = resource_of(arena);
    {
      std::pmr::vector<std::uint64_t> numbers(&resource);
      for (std::uint64_t i = 0; i < 1000; ++i) numbers.push_back(i * i);
      for (std::uint64_t i = 0; i < 1000; ++i) ASSERT_EQ(numbers[i], i * i);
      expect_exact(arena, numbers.capacity() * sizeof(std::uint64_t));
    }
    expect_exact(arena, 0);
  });
}

TEST_P(MemoryResourceTest, AMapOfStringsComesAndGoes) {
  run({.capacity = 256 * 1024}, [](const auto& arena) {
    auto resource = resource_of(arena);
    {
      std::pmr::map<int, std::pmr::string> texts(&resource);
      for (int i = 0; i < 300; ++i) texts[i * 7 % 300] = std::string(static_cast<std::size_t>(i % 60), 'x');
      for (int i = 0; i < 300; i += 2) texts.erase(i);
      EXPECT_EQ(texts.size(), 150U);
      for (int i = 0; i < 100; ++i) texts[1000 + i] = "a text that is too long for a string to hold inside";
      EXPECT_EQ(texts[1050].size(), 51U);
    }
    expect_exact(arena, 0);
  });
}

TEST_P(MemoryResourceTest, PaddingAndSlackAreGivenUpAtOnce) {
  run({.capacity = 4096, .maximum_alignment = 64}, [](const auto& arena) {
    auto resource = resource_of(arena);
    std::pmr::memory_resource& base = resource;
    const Extent odd = take(arena, 3);
    void* const aligned = base.allocate(30, 64);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned) % 64, 0U);
    expect_exact(arena, odd.size + 32);
    const Extent hole = take(arena, 37), rest = fill_up(arena);
    give(arena, hole);
    if (arena.freelist() != Freelist::none) {
      void* const inside = base.allocate(30, 1);
      expect_exact(arena, odd.size + 32 + rest.size + 32);
      base.deallocate(inside, 30, 1);
    }
    base.deallocate(aligned, 30, 64);
    expect_exact(arena, odd.size + rest.size);
  });
}

TEST_P(MemoryResourceTest, AFullArenaThrows) {
  run({}, [](const auto& arena) {
    auto resource = resource_of(arena);
    std::pmr::memory_resource& base = resource;
    EXPECT_THROW((void)base.allocate(5000, 1), std::bad_alloc);
    EXPECT_THROW((void)base.allocate(8, std::size_t{1} << 20U), std::bad_alloc);
    std::pmr::vector<char> text(&base);
    EXPECT_THROW(text.resize(5000), std::bad_alloc);
    expect_exact(arena, 0);
  });
}

TEST(MemoryResource, ZeroBytesAreAValidRequest) {
  const auto arena = value_of(Arena::alloc({}));
  MemoryResource resource(arena);
  std::pmr::memory_resource& base = resource;
  void* const first = base.allocate(0, 1);
  void* const second = base.allocate(0, 1);
  EXPECT_NE(first, second);
  base.deallocate(second, 0, 1);
  base.deallocate(first, 0, 1);
  expect_exact(arena, 0);
}

TEST(MemoryResource, IsEqualIfTheArenaIs) {
  const auto arena = value_of(Arena::alloc({})), other = value_of(Arena::alloc({}));
  const MemoryResource one(arena), same(arena), different(other);
  EXPECT_EQ(one, same);
  EXPECT_NE(one, different);
  EXPECT_NE(one, *std::pmr::new_delete_resource());
}

TEST(MemoryResource, KeepsTheArenaAlive) {
  auto arena = value_of(Arena::alloc({}));
  MemoryResource resource(arena);
  EXPECT_EQ(arena.refs(), 2U);
  arena = value_of(Arena::alloc({}));
  std::pmr::vector<int> numbers({1, 2, 3}, &resource);
  EXPECT_EQ(numbers[2], 3);
}

}  // namespace
}  // namespace rarena::detail
