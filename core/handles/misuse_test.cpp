// Misuse: a checked build says so at once; any other one never writes a file that it would refuse to open.
#include <gtest/gtest.h>

#include <functional>
#include <memory_resource>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "memory_resource.hpp"
#include "owned.hpp"
#include "scope.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class Misuse : public ::testing::Test {
 protected:
  Arena make() const { return value_of(Arena::map_mut(path, {.capacity = 65536, .create_new = true})); }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

// What the close of an arena with damaged lists says, and the next opening.
[[maybe_unused]] void expect_doubted(Arena& arena, const std::filesystem::path& path) {
  const auto closed = arena.close();
  ASSERT_FALSE(closed);
  EXPECT_TRUE(closed.error().code == ErrorCode::overlapping_segments || closed.error().code == ErrorCode::bad_freelist)
      << closed.error().message();
  const auto again = value_of(Arena::map_mut(path, {}));
  EXPECT_EQ(again.recovery().doubt, Doubt::lists_damaged);
  EXPECT_TRUE(again.free_segments().empty());
}

TEST_F(Misuse, ADoubleFree) {
  auto arena = make();
  const Extent one = take(arena, 100), two = take(arena, 100);
  give(arena, one);
  const auto second = arena.dealloc(one.offset, one.size);
  if constexpr (checked) {
    EXPECT_EQ(second.error(), (Error{.code = ErrorCode::not_live, .asked = one.end(), .at = one.offset}));
    EXPECT_EQ(arena.dealloc(two.offset - 1, 2).error().code, ErrorCode::not_live) << "half of it was freed";
    EXPECT_TRUE(arena.close());
  } else {
    EXPECT_TRUE(second);
    expect_doubted(arena, path);
  }
}

TEST_F(Misuse, AFreeOfDescriptors) {
  auto arena = make();
  take(arena, 100);
  const auto freed = arena.dealloc(arena.data_offset(), 256);
  if constexpr (checked) {
    EXPECT_EQ(freed.error().code, ErrorCode::not_live);
    EXPECT_TRUE(arena.close());
  } else {
    expect_doubted(arena, path);
  }
}

TEST_F(Misuse, WhatAFileHeldWhenItWasOpenedMayBeFreedOnce) {
  Extent live;
  {
    auto arena = make();
    const Extent freed = take(arena, 100);
    live = take(arena, 200);
    take(arena, 10);
    give(arena, freed);
  }
  auto arena = value_of(Arena::map_mut(path, {}));
  give(arena, live);
  if constexpr (checked) {
    EXPECT_EQ(arena.dealloc(live.offset, live.size).error().code, ErrorCode::not_live);
  }
}

TEST_F(Misuse, PartsOfASegmentAreFreedOnce) {
  auto arena = make();
  const Extent live = take(arena, 300);
  take(arena, 10);
  give(arena, {live.offset + 100, 100});
  give(arena, {live.offset, 100});
  give(arena, {live.offset + 200, 100});
  if constexpr (checked) {
    EXPECT_EQ(arena.dealloc(live.offset + 250, 10).error().code, ErrorCode::not_live);
  }
}

TEST_F(Misuse, AFreeOfWhatAMagazineHasNotHandedOut) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  auto arena = make();
  auto magazine = value_of(arena.magazine(1024));
  const Extent one = value_of(magazine.allocate(100, 1)).segment, two = value_of(magazine.allocate(100, 1)).segment;
  const Extent unused = magazine.unused();
  EXPECT_EQ(arena.dealloc(unused.offset, 8).error().code, ErrorCode::not_live);
  EXPECT_EQ(arena.dealloc(two.offset, two.size + 8U).error().code, ErrorCode::not_live) << "more than was handed out";
  EXPECT_TRUE(magazine.dealloc(one.offset, one.size));
  EXPECT_EQ(magazine.dealloc(one.offset, one.size).error().code, ErrorCode::not_live);
  EXPECT_TRUE(magazine.dealloc(two.offset, two.size));
  EXPECT_EQ(magazine.dealloc(two.offset, two.size).error().code, ErrorCode::not_live);
  EXPECT_EQ(magazine.dealloc(one.offset, 2 * one.size).error().code, ErrorCode::not_live) << "the front half is in the list";
}

using MisuseDeathTest = Misuse;

TEST_F(MisuseDeathTest, AHandleThatOutlivesItsArena) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto outlive = [] {
    std::optional<Bytes> bytes;
    const auto arena = Arena::alloc({}).value();
    bytes = arena.alloc_bytes(10).value();
  };
  EXPECT_DEATH(outlive(), "handles outlive their arena");
}

TEST_F(MisuseDeathTest, AMagazineThatOutlivesItsArena) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto outlive = [] {
    std::optional<Magazine> magazine;
    const auto arena = Arena::alloc({}).value();
    magazine = arena.magazine(512).value();
  };
  EXPECT_DEATH(outlive(), "handles outlive their arena");
}

TEST_F(MisuseDeathTest, AContainerOfAMagazineThatOutlivesAClear) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto outlive = [] {
    auto arena = Arena::alloc({.capacity = 65536}).value();
    MagazineResource resource(arena, 16384);
    const std::pmr::vector<char> bytes(1000, &resource);
    arena.clear().value();
  };
  EXPECT_DEATH(outlive(), "a container has outlived a clear");
}

TEST_F(MisuseDeathTest, AHandleWhoseBytesWereFreed) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto free_twice = [] {
    const auto arena = Arena::alloc({}).value();
    auto bytes = arena.alloc_bytes(10).value();
    take(arena, 10);
    give(arena, bytes.segment());
  };
  EXPECT_DEATH(free_twice(), "a handle's bytes had been freed");
}

TEST_F(MisuseDeathTest, AScopeThatOutlivesItsArena) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto outlive = [] {
    std::optional<ArenaScope> scope;
    auto arena = Arena::alloc({}).value();
    scope.emplace(arena);
  };
  EXPECT_DEATH(outlive(), "handles outlive their arena");
}

TEST_F(MisuseDeathTest, AScopeThatEndsBeforeOneInsideIt) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto out_of_order = [](bool keep) {
    auto arena = Arena::alloc({}).value();
    auto outer = arena.scope();
    const auto inner = arena.scope();
    if (keep)
      outer.keep();
    else
      outer.end().value();
  };
  EXPECT_DEATH(out_of_order(false), "a scope ends before one inside it");
  EXPECT_DEATH(out_of_order(true), "a scope ends before one inside it");
}

// A store that lets somebody act in the middle of an exclusive operation.
class InterruptedStore : public AtomicStore {
 public:
  using AtomicStore::AtomicStore;
  template <class T>
  void store(Word<T> word, T value, Site site, Location location = {}) const {
    if (site == Site::plan_count && interrupt) std::exchange(interrupt, {})();
    AtomicStore::store(word, value, site, location);
  }
  static std::function<void()> interrupt;
};
std::function<void()> InterruptedStore::interrupt;

TEST_F(MisuseDeathTest, AScopeThatEndsBesideOtherUsers) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto beside = [](bool frees, bool other_thread) {
    auto arena = BasicArena<InterruptedStore>::alloc({.capacity = 65536}).value();
    const Extent before = take(arena, 100);
    const auto use = [&] {
      if (frees)
        give(arena, before);
      else
        take(arena, 10);
    };
    const auto scope = arena.scope();
    take(arena, 100);
    InterruptedStore::interrupt = [&] {
      if (other_thread)
        std::jthread{use};
      else
        use();
    };
  };
  EXPECT_DEATH(beside(false, true), "the arena is used beside an exclusive operation");
  EXPECT_DEATH(beside(true, true), "the arena is used beside an exclusive operation");
  beside(true, false);
}

TEST_F(MisuseDeathTest, AContainerThatOutlivesAClear) {
  if constexpr (!checked) GTEST_SKIP() << "not a checked build";
  const auto outlive = [] {
    auto arena = Arena::alloc({.capacity = 65536}).value();
    MemoryResource resource(arena);
    const std::pmr::vector<char> bytes(1000, &resource);
    arena.clear().value();
    take(arena, 1000);  // which the end of the container would free
  };
  EXPECT_DEATH(outlive(), "a container has outlived a clear");
}

}  // namespace
}  // namespace rarena::detail
