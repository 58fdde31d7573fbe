// Magazines of four threads over one arena: what one of them has handed out is used and freed by others. What the thread
// sanitizer runs; at the end every byte is accounted for.
#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <chrono>
#include <functional>
#include <latch>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "magazine.hpp"
#include "shared_magazine.hpp"
#include "thread_magazine.hpp"
#include "with_arena.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

constexpr unsigned workers = 4;

class HandlesOfThreads : public ::testing::TestWithParam<Freelist> {
 protected:
  // Runs work(arena, a magazine that they share, thread) in all threads; at the end nothing is live.
  static void run(const std::function<void(const Arena&, const SharedMagazine&, unsigned)>& work) {
    const auto arena = value_of(Arena::alloc({.capacity = 256 * 1024, .freelist = GetParam()}));
    {
      const SharedMagazine shared = value_of(arena.sharded(1024));
      std::barrier start(workers);
      std::vector<std::jthread> running;
      running.reserve(workers);
      for (unsigned t = 0; t < workers; ++t)
        running.emplace_back([&, t] {
          start.arrive_and_wait();
          work(arena, shared, t);
        });
    }
    expect_exact(arena, 0);
  }
};
INSTANTIATE_TEST_SUITE_P(All, HandlesOfThreads, ::testing::Values(Freelist::none, Freelist::optimistic, Freelist::pessimistic));

// A shelf of segments that threads leave to one another.
class Shelf {
 public:
  Extent exchange(std::size_t place, Extent segment) {
    const std::scoped_lock guard(mutex_);
    return std::exchange(segments_[place % segments_.size()], segment);
  }

 private:
  std::mutex mutex_;
  std::array<Extent, 16> segments_{};
};

TEST_P(HandlesOfThreads, EachHasAMagazine) {
  Shelf shelf;
  const std::uint64_t seed = test_seed();
  run([&](const Arena& arena, const SharedMagazine&, unsigned thread) {
    Random random(seed + thread);
    auto magazine = value_of(arena.magazine(1024));
    const auto give_up = [&](Extent segment) {
      if (segment.empty()) return;
      EXPECT_TRUE(painted(arena, segment, segment.size));
      if (random.below(2) == 0)
        give(arena, segment);
      else
        EXPECT_TRUE(magazine.dealloc(segment.offset, segment.size));
    };
    for (int i = 0; i < 3000; ++i) {
      const auto got = magazine.allocate(1 + random.below(100), 1U << random.below(4), Fill::none);
      if (!got) continue;
      paint(arena, got->segment, got->segment.size);
      give_up(shelf.exchange(random.below(16), got->segment));
    }
    for (std::size_t place = 0; place < 16; ++place) give_up(shelf.exchange(place, {}));
  });
}

// All have the same one. Chunks begin, are exhausted, and end while others take from them.
TEST_P(HandlesOfThreads, TheyShareAMagazine) {
  Shelf shelf;
  const std::uint64_t seed = test_seed();
  run([&](const Arena& arena, const SharedMagazine& shared, unsigned thread) {
    Random random(seed + thread);
    const auto give_up = [&](Extent segment) {
      if (segment.empty()) return;
      EXPECT_TRUE(painted(arena, segment, segment.size));
      EXPECT_TRUE(shared.dealloc(segment.offset, segment.size));
    };
    for (int i = 0; i < 3000; ++i) {
      if (random.below(64) == 0) shared.begin_here();
      if (thread == 0 && random.below(256) == 0) shared.give_back();
      const auto got = shared.allocate(1 + random.below(100), 1U << random.below(4), Fill::none);
      if (!got) continue;
      paint(arena, got->segment, got->segment.size);
      give_up(random.below(2) == 0 ? got->segment : shelf.exchange(random.below(16), got->segment));
    }
    for (std::size_t place = 0; place < 16; ++place) give_up(shelf.exchange(place, {}));
  });
}

// Nobody says so: who finds the cursor moved begins a chunk.
TEST_P(HandlesOfThreads, ChunksBeginWhereThreadsMeet) {
  run([&](const Arena&, const SharedMagazine& shared, unsigned) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (shared.unused() == 0 && std::chrono::steady_clock::now() < end) {
      const Extent segment = value_of(shared.allocate(16, 16, Fill::none)).segment;
      EXPECT_TRUE(shared.dealloc(segment.offset, segment.size));
    }
    EXPECT_NE(shared.unused(), 0U);
  });
}

// A magazine goes round; the lock orders its uses.
TEST_P(HandlesOfThreads, OneMagazineGoesRound) {
  std::mutex mutex;
  std::optional<Magazine> shared;
  unsigned ended = 0;
  run([&](const Arena& arena, const SharedMagazine&, unsigned thread) {
    for (int i = 0; i < 500; ++i) {
      Extent segment;
      {
        const std::scoped_lock guard(mutex);
        if (!shared) shared = value_of(arena.magazine(2048));
        segment = value_of(shared->allocate(1 + thread * 20, 1)).segment;
      }
      paint(arena, segment, thread);
      EXPECT_TRUE(painted(arena, segment, thread));
      const std::scoped_lock guard(mutex);
      EXPECT_TRUE(shared->dealloc(segment.offset, segment.size));
    }
    const std::scoped_lock guard(mutex);
    if (++ended == workers) shared.reset();
  });
}

// Containers of all threads over one resource, in which each thread has a magazine: an element goes to another thread and is
// freed there.
TEST_P(HandlesOfThreads, EachHasAMagazineOfOneResource) {
  std::optional<ThreadMagazineResource> resource;
  std::mutex mutex;
  std::array<std::optional<std::pmr::string>, 16> left;
  const std::uint64_t seed = test_seed();
  unsigned ended = 0;
  run([&](const Arena& arena, const SharedMagazine&, unsigned thread) {
    {
      const std::scoped_lock guard(mutex);
      if (!resource) resource.emplace(arena, 1024);
    }
    Random random(seed + thread);
    for (int i = 0; i < 3000; ++i) {
      auto text = within_heap([&] { return std::optional(std::pmr::string(20 + random.below(100), 'x', &*resource)); },
                              [] { return std::optional<std::pmr::string>(); });
      const std::scoped_lock guard(mutex);
      if (text) left[random.below(16)].emplace(*std::move(text));
    }
    const std::scoped_lock guard(mutex);
    if (++ended < workers) return;
    for (auto& text : left) text.reset();
    resource.reset();
  });
}

// Threads come and go while others allocate: what the ended ones had not handed out serves the others.
TEST_P(HandlesOfThreads, ThreadsOfAResourceComeAndGo) {
  const auto arena = value_of(Arena::alloc({.capacity = 256 * 1024, .freelist = GetParam()}));
  ThreadMagazineResource resource(arena, 1024);
  {
    std::vector<std::jthread> starters;
    for (unsigned t = 0; t < workers; ++t)
      starters.emplace_back([&] {
        for (int i = 0; i < 30; ++i) {
          std::jthread([&] { resource.deallocate(resource.allocate(48), 48); });
          resource.deallocate(resource.allocate(32), 32);
        }
      });
  }
  EXPECT_EQ(resource.unused(), 0U) << "no thread is left";
  expect_exact(arena, 0);
}

// Of two ends, that of the resource and that of the thread, whichever comes first has the magazine.
TEST_P(HandlesOfThreads, AResourceAndItsThreadsEndAtTheSameTime) {
  const auto arena = value_of(Arena::alloc({.capacity = 1024 * 1024, .freelist = GetParam()}));
  for (int i = 0; i < 100; ++i) {
    std::optional<ThreadMagazineResource> resource(std::in_place, arena, 1024);
    std::latch used(workers);
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < workers; ++t)
      threads.emplace_back([&] {
        resource->deallocate(resource->allocate(48), 48);
        used.count_down();
      });
    used.wait();
    resource.reset();
    threads.clear();
    expect_exact(arena, 0);
  }
}

// The last of them ends the arena, in whichever thread.
TEST(HandlesWithTheirArena, MayEndInOtherThreadsThanTheyWereMadeIn) {
  std::vector<OwnedWithArena<std::string>> handles;
  {
    const auto arena = value_of(Arena::alloc({.capacity = 100'000}));
    for (int i = 0; i < 200; ++i) handles.push_back(value_of(arena.alloc_owned<std::string>(100, 'x')));
  }
  std::barrier start(workers);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < workers; ++t)
      threads.emplace_back([&, t] {
        start.arrive_and_wait();
        for (std::size_t i = t; i < handles.size(); i += workers) {
          const auto mine = std::move(handles[i]);
          EXPECT_EQ(mine->size(), 100U);
        }
      });
  }
  for (const auto& handle : handles) EXPECT_FALSE(handle);
}

}  // namespace
}  // namespace rarena::detail
