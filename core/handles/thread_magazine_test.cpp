// The resource in which each thread has a magazine: who has one, when it ends, and where its bytes are then. What many threads
// do at the same time is in threads_test.cpp.
#include "thread_magazine.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../arena/arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

constexpr Size thread_chunk = 1024;

class ThreadMagazineTest : public ::testing::TestWithParam<Kind> {
 protected:
  TemporaryFolder folder;
  Arena arena = make<Arena>(GetParam(), {.capacity = 64 * 1024}, folder);
};
INSTANTIATE_TEST_SUITE_P(All, ThreadMagazineTest,
                         ::testing::Values(Kind::heap, Kind::heap_unified, Kind::map, Kind::map_unified, Kind::file));

void in_another_thread(const std::function<void()>& run) { std::jthread{run}; }

TEST_P(ThreadMagazineTest, ServesContainers) {
  {
    ThreadMagazineResource resource(arena, 4096);
    std::pmr::map<int, std::pmr::string> texts(&resource);
    for (int i = 0; i < 300; ++i) texts[i * 7 % 300] = std::string(static_cast<std::size_t>(i % 60), 'x');
    for (int i = 0; i < 300; i += 2) texts.erase(i);
    EXPECT_EQ(texts.size(), 150U);
    EXPECT_GT(resource.unused(), 0U);
    EXPECT_THROW((void)resource.allocate(std::size_t{1} << 40U, 1), std::bad_alloc);
  }
  expect_exact(arena, 0);
}

TEST_P(ThreadMagazineTest, EachThreadHasAChunkThatEndsWithIt) {
  {
    ThreadMagazineResource resource(arena, thread_chunk);
    EXPECT_EQ(resource.unused(), 0U) << "nobody has allocated";
    void* const mine = resource.allocate(64);
    EXPECT_EQ(resource.unused(), thread_chunk - 64U);
    void* other = nullptr;
    in_another_thread([&] {
      other = resource.allocate(96);
      EXPECT_EQ(resource.unused(), 2 * thread_chunk - 64U - 96U);
      resource.deallocate(mine, 64);
      EXPECT_EQ(resource.unused(), 2 * thread_chunk - 64U - 96U) << "it is not the last of this thread's chunk";
    });
    EXPECT_EQ(resource.unused(), thread_chunk - 64U) << "the other thread has ended";
    expect_exact(arena, 96 + resource.unused());
    in_another_thread([&] {
      resource.deallocate(other, 96);
      EXPECT_EQ(resource.unused(), thread_chunk - 64U) << "a free begins no chunk";
    });
    void* const last = resource.allocate(32);
    resource.deallocate(last, 32);
    EXPECT_EQ(resource.allocate(32), last) << "what was handed out last serves again";
    resource.deallocate(last, 32);
    resource.give_back();
    EXPECT_EQ(resource.unused(), 0U);
    expect_exact(arena, 0);
    resource.deallocate(resource.allocate(16), 16);
    EXPECT_EQ(resource.unused(), thread_chunk);
  }
  expect_exact(arena, 0);
}

// Another one may lie where the first one lay.
TEST_P(ThreadMagazineTest, AResourceThatEndsLeavesNothingBehind) {
  std::optional<ThreadMagazineResource> resource;
  for (unsigned round = 0; round < 100; ++round) {
    resource.emplace(arena, thread_chunk);
    EXPECT_EQ(resource->unused(), 0U);
    void* const bytes = resource->allocate(16);
    EXPECT_EQ(resource->unused(), thread_chunk - 16U);
    resource->deallocate(bytes, 16);
    if (round % 2 != 0) {
      ThreadMagazineResource beside(arena, 2 * thread_chunk);
      beside.deallocate(beside.allocate(16), 16);
      EXPECT_EQ(beside.unused(), 2U * thread_chunk);
      EXPECT_EQ(resource->unused(), thread_chunk);
    }
    resource.reset();
    expect_exact(arena, 0);
  }
  EXPECT_EQ(arena.refs(), 1U);
}

TEST_P(ThreadMagazineTest, TheArenaMayEndBeforeAThreadDoes) {
  std::optional<ThreadMagazineResource> resource(std::in_place, arena, thread_chunk);
  arena = value_of(Arena::alloc({}));
  in_another_thread([&] {
    resource->deallocate(resource->allocate(16), 16);
    resource.reset();
  });
  EXPECT_EQ(arena.refs(), 1U);
}

TEST_P(ThreadMagazineTest, FollowsARewind) {
  ThreadMagazineResource resource(arena, thread_chunk);
  const Size before = arena.allocated();
  (void)resource.allocate(64);
  in_another_thread([&] {
    (void)resource.allocate(64);
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(before)));
  });
  EXPECT_EQ(arena.allocated(), before) << "the other thread's chunk was given up, and it does not free it";
  void* const bytes = resource.allocate(64);
  EXPECT_EQ(resource.unused(), thread_chunk - 64U);
  expect_exact(arena, 64 + resource.unused());
  EXPECT_EQ(value_of(arena.offset(bytes)), align_up(before, descriptor_size));
  ASSERT_TRUE(arena.clear());
  (void)resource.allocate(16);
  EXPECT_EQ(resource.unused(), thread_chunk - 16U);
  expect_exact(arena, 16 + resource.unused());
}

// A thread-local object that was made before the thread's first allocation ends after its magazine.
struct EndsLate {
  std::pmr::memory_resource* resource = nullptr;
  void* bytes = nullptr;
  ~EndsLate() {
    if (resource == nullptr) return;
    resource->deallocate(bytes, 48);
    resource->deallocate(resource->allocate(32), 32);
  }
};

TEST_P(ThreadMagazineTest, ServesAThreadPastTheEndOfItsMagazine) {
  ThreadMagazineResource resource(arena, thread_chunk);
  in_another_thread([&] {
    static thread_local EndsLate late;
    late.resource = &resource;
    late.bytes = resource.allocate(48);
  });
  EXPECT_EQ(resource.unused(), 0U);
  expect_exact(arena, 0);
}

TEST(ThreadMagazineResourceTest, IsEqualToItselfAlone) {
  const auto arena = value_of(Arena::alloc({}));
  const ThreadMagazineResource one(arena, 512), two(arena, 512);
  EXPECT_EQ(one, one);
  EXPECT_NE(one, two);
}

TEST(ThreadMagazineResourceTest, IsRefusedWhereThereIsNoMagazine) {
  const TemporaryFolder folder;
  const auto owner = value_of(Arena::map_mut(folder.file("arena"), {.create_new = true}));
  EXPECT_THROW(ThreadMagazineResource(owner, std::uint64_t{1} << 32U), BadAlloc);
  const auto other = folder.file("other");
  value_of(Arena::map_mut(other, {.create_new = true}));
  EXPECT_THROW(ThreadMagazineResource(value_of(Arena::map(other, {})), 512), BadAlloc);
}

using ThreadMagazineDeathTest = ::testing::Test;

TEST_F(ThreadMagazineDeathTest, AContainerThatOutlivesAClearInAnotherThread) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto outlive = [] {
    auto arena = Arena::alloc({.capacity = 65536}).value();
    ThreadMagazineResource resource(arena, 16384);
    std::optional<std::pmr::vector<char>> bytes(std::in_place, 1000, &resource);
    arena.clear().value();
    in_another_thread([&] { bytes.reset(); });
  };
  EXPECT_DEATH(outlive(), "a container has outlived a clear");
}

}  // namespace
}  // namespace rarena::detail
