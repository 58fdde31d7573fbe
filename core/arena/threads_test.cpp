// Four threads at once. What the thread sanitizer runs; at the end every byte is accounted for and the list is in order.
#include <gtest/gtest.h>

#include <barrier>
#include <thread>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

struct Work {
  std::uint64_t wrong = 0;      // segments that somebody else wrote to
  std::uint64_t allocated = 0;  // successful allocations
  std::vector<Extent> live;     // what is left over
};

// Allocates, paints, verifies and frees; at most 24 segments at a time.
Work work(const Arena& arena, std::uint64_t seed, unsigned color, int steps) {
  Random random(seed);
  Work result;
  for (int i = 0; i < steps; ++i) {
    if (result.live.size() < 24 && random.below(2) == 0) {
      const auto got = arena.allocate(1 + random.below(200), 1U << random.below(4), Fill::none);
      if (!got) continue;
      paint(arena, got->segment, color);
      result.live.push_back(got->segment);
      ++result.allocated;
    } else if (!result.live.empty()) {
      std::swap(result.live[random.below(static_cast<Size>(result.live.size()))], result.live.back());
      const Extent segment = result.live.back();
      result.live.pop_back();
      if (!painted(arena, segment, color)) ++result.wrong;
      if (!arena.dealloc(segment.offset, segment.size)) ++result.wrong;
    }
  }
  return result;
}

class Threads : public EveryArena {};
std::vector<Combination> concurrent_combinations() {
  std::vector<Combination> result;
  for (const Combination& c : combinations())
    if (c.concurrent) result.push_back(c);
  return result;
}
INSTANTIATE_TEST_SUITE_P(All, Threads, ::testing::ValuesIn(concurrent_combinations()), combination_name);

TEST_P(Threads, ShareAnArena) {
  constexpr unsigned threads = 4;
  constexpr int steps = 10'000;
  const std::uint64_t seed = test_seed();
  run({.capacity = 12 * 1024}, [&](const auto& arena) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(arena)>, Arena>) {
      std::vector<Work> results(threads);
      {
        std::barrier start(threads);
        std::vector<std::jthread> running;
        running.reserve(threads);
        for (unsigned t = 0; t < threads; ++t)
          running.emplace_back([&, t, copy = arena] {
            start.arrive_and_wait();
            results[t] = work(copy, seed + t, t + 1, steps);
          });
      }
      std::uint64_t live = 0, allocated = 0;
      for (unsigned t = 0; t < threads; ++t) {
        allocated += results[t].allocated;
        EXPECT_EQ(results[t].wrong, 0U) << "thread " << t;
        for (const Extent segment : results[t].live) {
          EXPECT_TRUE(painted(arena, segment, t + 1));
          live += segment.size;
        }
      }
      EXPECT_GT(allocated, 50U);
      expect_exact(arena, live);
      EXPECT_EQ(arena.refs(), 1U);
      for (const Work& result : results)
        for (const Extent segment : result.live) give(arena, segment);
      expect_exact(arena, 0);
    }
  });
}

// The cursor comes down while everything is flushed.
TEST_P(Threads, FlushEverythingBesideGiveBacks) {
  run({.capacity = 4096}, [&](const auto& arena) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(arena)>, Arena>) {
      const int flushes = arena.is_on_disk() ? 200 : 500'000;
      std::barrier start(2);
      std::jthread other([&, copy = arena](const std::stop_token& stop) {
        start.arrive_and_wait();
        while (!stop.stop_requested()) give(copy, copy.allocate(100, 1, Fill::none)->segment);
      });
      start.arrive_and_wait();
      int failed = 0;
      for (int i = 0; i < flushes; ++i) failed += arena.flush() ? 0 : 1;
      other.request_stop();
      other.join();
      EXPECT_EQ(failed, 0);
    }
  });
}

}  // namespace
}  // namespace rarena::detail
