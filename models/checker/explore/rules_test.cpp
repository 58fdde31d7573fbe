// Rules of the exploration that no other test notices when they are broken (mutants.py, progress_mutants.py).
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "explorer.hpp"
#include "models/checker/checker.hpp"
#include "models/checker/explore/shard.hpp"
#include "models/checker/front/checker_test_support.hpp"
#include "models/checker/litmus/litmus_test_support.hpp"

namespace checker {
namespace {

using litmus::describe;
using litmus::Shared;
bool is_set(int value) { return value != 0; }

// Going back.

TEST(Exploration, ARevisitDropsAChoiceOnlyOnce) {
  Shared s;
  const Result result = check(
      {.check_duplicates = true},
      [&] {
        s.x.load(relaxed);
        choose(2);
      },
      [&] { s.x.store(1, relaxed); });
  EXPECT_EQ(result.counters.complete, 4U);
  EXPECT_EQ(result.counters.duplicates, 0U);
}

// The thread is left behind a plain access, with no event after it.
TEST(Exploration, WhatAViolationLeavesIsForgotten) {
  Shared s;
  const Result result = check(
      {.stop_at_violation = false}, [&] { s.x.store(1, relaxed); },
      [&] {
        s.data = s.x.load(relaxed);
        require(false, "always");
      });
  EXPECT_EQ(result.counters.violations, 2U);
}

// The last increment to be run clashes with one that it depends on: no revisit resolves that. 9 by brute force.
TEST(Exploration, AClashWithWhatItDependsOnIsGivenUp) {
  Shared s;
  const litmus::Threads threads = {[&] {
                                     s.y.load(relaxed);
                                     s.x.fetch_add(1, relaxed);
                                   },
                                   [&] { s.x.load(relaxed); },
                                   [&] {
                                     s.x.fetch_add(1, relaxed);
                                     s.y.store(1, relaxed);
                                   }};
  litmus::for_each_order(threads, [](litmus::Threads ordered) {
    const Result result = check({.check_duplicates = true}, std::move(ordered));
    EXPECT_EQ(result.counters.complete, 9U);
    EXPECT_EQ(result.counters.duplicates, 0U);
  });
}

// As the newest store, or as an older one.
TEST(Exploration, WhatNobodyHasWrittenIsNotRead) {
  Program program;
  program.cells = {{.initial = 0, .name = "x", .written = false}};
  const auto reader = [] { Execution::current()->read(0, {.order = Order::relaxed}); };
  const auto writer = [] { Execution::current()->write(0, {.order = Order::relaxed, .operand = 1}); };
  for (const auto& threads : {std::vector<std::function<void()>>{reader}, {writer, reader}}) {
    program.threads = threads;
    const Result result = Explorer(program, {}).run().result;
    ASSERT_EQ(result.verdict, Verdict::violation) << threads.size() << " threads";
    EXPECT_EQ(result.violation->fault, Fault::unwritten);
  }
}

TEST(Exploration, ABlockedThreadDoesNotRunAgain) {
  Shared s;
  int runs = 0;
  const Result result = check(
      {},
      [&] {
        ++runs;
        assume(s.x.load(relaxed) == 1);
      },
      [&] { s.y.store(s.z.load(relaxed), relaxed); }, [&] { s.z.store(1, relaxed); });
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(result.counters.blocked, 2U);
}

// Two threads that each add twice to one counter.
Program adders() {
  Program program;
  program.cells = {{.initial = 0, .name = "counter"}};
  const auto add_twice = [] {
    for (int i = 0; i < 2; ++i)
      Execution::current()->read(0, {.operation = Operation::add, .order = Order::relaxed, .operand = 1});
  };
  program.threads = {add_twice, add_twice};
  return program;
}

// What a run that was stopped has left is not among the children of the next one's root.
TEST(Exploration, AStoppedRunLeavesNothingToTheNext) {
  const Explorer::Options stopped{.maximum_executions = 2};
  const Program program = adders();
  const double fresh = Explorer(program, stopped).estimate(1, 1000).complete;
  Explorer used(program, stopped);
  used.run();
  EXPECT_EQ(used.estimate(1, 1000).complete, fresh);
}

// Retries and liveness.

// The pass wrote, but not since the head of the inner loop.
TEST(Exploration, APassIsFruitlessSinceTheHeadOfItsOwnLoop) {
  Shared s;
  const Result result = check(
      {.step_bound = 5, .step_bound_is_violation = false}, [&] { s.y.store(1, relaxed); },
      [&] {
        for (;;) {
          const LoopHead head = loop_head();
          if (is_set(s.y.load(relaxed))) return;
          s.x.store(1, relaxed);
          loop_head();
          retry(head);
        }
      });
  EXPECT_EQ(result.counters.complete, 3U);
  EXPECT_EQ(result.counters.blocked, 0U);
}

TEST(Exploration, ALoopThatAnotherChoiceEndsIsNoLivelock) {
  const Result result = check({}, [] {
    for (;;) {
      const LoopHead head = loop_head();
      if (choose(2) == 1) return;
      retry(head);
    }
  });
  EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
  EXPECT_EQ(result.counters.complete, 1U);
  EXPECT_EQ(result.counters.blocked, 1U);
}

// Adds one by compare-exchange to what was there before the loop, or what it has found since.
void increment(atomic<int>& object, int& expected) {
  for (;;) {
    const LoopHead head = loop_head();
    if (object.compare_exchange_strong(expected, expected + 1, relaxed, relaxed)) return;
    retry(head);
  }
}

TEST(Exploration, ALoopThatGoesOnWithWhatItFoundIsNoLivelock) {
  Shared s;
  const Result result = check(
      {},
      [&] {
        int expected = s.x.load(relaxed);
        increment(s.x, expected);
      },
      [&] { s.x.store(5, relaxed); });
  EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
  EXPECT_EQ(result.counters.complete, 2U);
  EXPECT_EQ(result.counters.blocked, 1U);
}

// One pass finds x, the next one y, the last one ends.
TEST(Exploration, ALoopMayNeedTwoMorePasses) {
  Shared s;
  const Result result = check(
      {},
      [&] {
        int x = s.x.load(relaxed), y = s.y.load(relaxed);
        for (;;) {
          const LoopHead head = loop_head();
          if (x != 5) {
            if (s.x.compare_exchange_strong(x, 5, relaxed, relaxed)) x = 5;
          } else if (s.y.compare_exchange_strong(y, y + 1, relaxed, relaxed)) {
            return;
          }
          retry(head);
        }
      },
      [&] {
        s.x.store(5, relaxed);
        s.y.store(5, relaxed);
      });
  EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
}

// The violation is one of the execution in which the load sees the store.
TEST(Exploration, AViolationIsNotReportedAgainForABlockedLoop) {
  Shared s;
  const Result result = check(
      {.stop_at_violation = false},
      [&] {
        int expected = s.x.load(relaxed);
        for (;;) {
          const LoopHead head = loop_head();
          require(expected != 5, "not five");
          if (s.x.compare_exchange_strong(expected, 1, relaxed, relaxed)) return;
          retry(head);
        }
      },
      [&] { s.x.store(5, relaxed); });
  EXPECT_EQ(result.counters.violations, 1U);
}

TEST(Exploration, ALoopBesideAWaitIsALivelock) {
  Shared s;
  const Result result = check(
      {}, [&] { s.x.await(is_set); },
      [&] {
        for (;;) {
          const LoopHead head = loop_head();
          if (is_set(s.y.load())) return;
          retry(head);
        }
      });
  ASSERT_EQ(result.verdict, Verdict::violation);
  EXPECT_EQ(result.violation->fault, Fault::livelock);
  EXPECT_EQ(result.violation->thread, 1);
}

// Threads are functions of what they read.

// The second thread's store makes the first run again from its load of y.
void expect_no_function(const std::function<void(Shared&, int run)>& first) {
  Shared s;
  int runs = 0;
  EXPECT_THROW(check({}, [&] { first(s, runs++); }, [&] { s.y.store(1, relaxed); }), std::logic_error);
}

TEST(Exploration, AStoreOfNothingIsNoLoad) {
  expect_no_function([](Shared& s, int run) {
    run == 0 ? static_cast<void>(s.x.load(relaxed)) : s.x.store(0, relaxed);
    s.y.load(relaxed);
  });
}

TEST(Exploration, APlainAccessInAnotherPlaceIsAnotherStep) {
  expect_no_function([](Shared& s, int run) {
    if (run == 0) s.data = 1;
    s.x.load(relaxed);
    if (run != 0) s.data = 1;
    s.y.load(relaxed);
  });
}

// Shards.

Program always_wrong() {
  Program program;
  program.cells = {{.initial = 0, .name = "x"}};
  program.threads.emplace_back([] {
    Execution::current()->read(0, {.operation = Operation::add, .order = Order::relaxed, .operand = 1});
    Execution::current()->require(false, "always", Location::current());
  });
  return program;
}

TEST(Exploration, EveryShardReportsAViolationAboveTheFrontier) {
  for (const unsigned index : {0U, 1U}) {
    const ShardReport report = Explorer(always_wrong(), {.shard = {.total = 2, .index = index, .depth = 1}}).run();
    EXPECT_EQ(report.result.verdict, Verdict::violation) << "shard " << index;
  }
}

TEST(Exploration, TheFrontierOfASmallTreeLiesAtItsEnd) { EXPECT_EQ(Explorer::frontier_depth(always_wrong(), {}, 1000), 1); }

ShardReport shard(unsigned index, const Counters& counters, const std::string& message) {
  ShardReport report{.shard = {.total = 2, .index = index, .depth = 1}, .frontier = {}, .taken = {}, .result = {}};
  report.result.counters = counters;
  report.result.violation.emplace().message = message;
  report.result.verdict = Verdict::violation;
  return report;
}

TEST(Exploration, AMergeHasTheFirstViolation) {
  std::string why;
  const std::vector<ShardReport> shards = {shard(0, {}, "first"), shard(1, {}, "second")};
  EXPECT_EQ(merge(shards, why).violation->message, "first");
}

TEST(Exploration, AMergeAddsUpCountersAndTakesTheLargestMaxima) {
  const Counters a{.complete = 1,
                   .blocked = 2,
                   .bound = 3,
                   .not_interleaved = 4,
                   .moot = 5,
                   .inconsistent = 6,
                   .cut = 7,
                   .violations = 8,
                   .duplicates = 9,
                   .revisits = 10,
                   .steps = 11,
                   .replayed_steps = 12,
                   .longest = 13,
                   .depth = 14,
                   .deviations = 15};
  std::string why;
  const std::vector<ShardReport> shards = {shard(0, a, ""), shard(1, a, "")};
  const Counters sum = merge(shards, why).counters;
  EXPECT_EQ(sum.complete, 2U);
  EXPECT_EQ(sum.blocked, 4U);
  EXPECT_EQ(sum.bound, 6U);
  EXPECT_EQ(sum.not_interleaved, 8U);
  EXPECT_EQ(sum.moot, 10U);
  EXPECT_EQ(sum.inconsistent, 12U);
  EXPECT_EQ(sum.cut, 14U);
  EXPECT_EQ(sum.violations, 16U);
  EXPECT_EQ(sum.duplicates, 18U);
  EXPECT_EQ(sum.revisits, 20U);
  EXPECT_EQ(sum.steps, 22U);
  EXPECT_EQ(sum.replayed_steps, 24U);
  EXPECT_EQ(sum.longest, 13);
  EXPECT_EQ(sum.depth, 14);
  EXPECT_EQ(sum.deviations, 15);
}

// Estimates.

TEST(Exploration, AnEstimateCountsWhatIsBlockedAsExecutions) {
  Program program;
  program.cells = {{.initial = 0, .name = "x"}};
  program.threads = {[] {
                       Execution& e = *Execution::current();
                       if (e.read(0, {.order = Order::relaxed}).value == 0) e.block(Obstacle::assumption, Location::current());
                     },
                     [] { Execution::current()->write(0, {.order = Order::relaxed, .operand = 1}); }};
  const auto estimate = Explorer(program, {}).estimate(1, 1000);
  EXPECT_DOUBLE_EQ(estimate.complete, 1);
  EXPECT_DOUBLE_EQ(estimate.executions, 2);
}

}  // namespace
}  // namespace checker
