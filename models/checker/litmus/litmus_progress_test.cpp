// Waiting and giving up: await, retry, livelock and deadlock, step bounds, assume, choose.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>

#include "litmus_test_support.hpp"

namespace checker::litmus {
namespace {

bool is_set(int value) { return value != 0; }

// Loads until the flag is set, with a mark at the head of the loop.
void spin(const atomic<int>& flag, M order) {
  for (;;) {
    const LoopHead head = loop_head();
    if (is_set(flag.load(order))) return;
    retry(head);
  }
}

void expect_fault(const Program& program, Fault fault) {
  Shared shared;
  for_each_order(program(shared), [&](Threads threads) {
    const Result result = check({}, std::move(threads));
    ASSERT_EQ(result.verdict, Verdict::violation);
    EXPECT_EQ(result.violation->fault, fault) << describe(result);
  });
}

struct Expected {
  Outcomes outcomes;
  std::uint64_t complete, blocked;
};

// In every order of the threads; r1 and r2 are observed.
void expect_exploration(const Program& program, const Expected& expected) {
  const Verdict verdict = expected.complete == 0 ? Verdict::vacuous : Verdict::held;
  Shared shared;
  for_each_order(program(shared), [&](Threads threads) {
    const auto [outcomes, result] = explore({}, std::move(threads), shared, r1, r2);
    EXPECT_EQ(result.verdict, verdict) << describe(result);
    EXPECT_EQ(outcomes, expected.outcomes);
    EXPECT_EQ(result.counters.complete, expected.complete);
    EXPECT_EQ(result.counters.blocked, expected.blocked);
  });
}

// A message behind a flag that is waited for.
Program waited_for(M write, std::function<void(Shared&)> wait) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     s.y.store(1, write);
                   },
                   [=, &s] {
                     wait(s);
                     s.r1 = s.x.load(relaxed);
                   }};
  };
}

TEST(Await, GoesOnOnlyWhereThePredicateHolds) {
  expect_exploration(waited_for(release, [](Shared& s) { s.y.await(is_set, acquire); }), {{"10"}, 1, 1});
  expect_exploration(waited_for(release, [](Shared& s) { s.y.await(is_set, relaxed); }), {{"00", "10"}, 2, 1});
}

TEST(Await, ReturnsTheValueRead) {
  expect_exploration(
      [](Shared& s) { return Threads{[&] { s.x.store(7, relaxed); }, [&] { s.r1 = s.x.await(is_set, relaxed); }}; },
      {{"70"}, 1, 1});
}

TEST(Await, IsADeadlockIfNobodyEverComes) {
  expect_fault([](Shared& s) { return Threads{[&] { s.x.await(is_set); }, [&] { s.y.store(1); }}; }, Fault::deadlock);
  expect_fault([](Shared& s) { return Threads{[&] { s.x.await(is_set); }, [&] { s.x.store(0); }}; }, Fault::deadlock);
}

TEST(Await, IsADeadlockInACycle) {
  expect_fault(
      [](Shared& s) {
        return Threads{[&] {
                         s.x.await(is_set);
                         s.y.store(1);
                       },
                       [&] {
                         s.y.await(is_set);
                         s.x.store(1);
                       }};
      },
      Fault::deadlock);
}

// The value may be gone when the thread looks.
TEST(Await, IsADeadlockIfTheValueMayBeMissed) {
  expect_fault(
      [](Shared& s) {
        return Threads{[&] { s.x.await(is_set); },
                       [&] {
                         s.x.store(1);
                         s.x.store(0);
                       }};
      },
      Fault::deadlock);
}

TEST(Retry, OfALoopThatOnlyReadsIsBlocked) {
  expect_exploration(waited_for(release, [](Shared& s) { spin(s.y, acquire); }), {{"10"}, 1, 1});
  expect_exploration(waited_for(release, [](Shared& s) { spin(s.y, relaxed); }), {{"00", "10"}, 2, 1});
}

TEST(Retry, BlocksOncePerSpinningThread) {
  const Program program = [](Shared& s) {
    return Threads{[&] { s.y.store(1, release); }, [&] { spin(s.y, acquire); }, [&] { spin(s.y, acquire); }};
  };
  expect_exploration(program, {{"00"}, 1, 3});
}

TEST(Retry, IsALivelockIfNobodySetsTheFlag) {
  expect_fault([](Shared& s) { return Threads{[&] { spin(s.y, acquire); }}; }, Fault::livelock);
  expect_fault([](Shared& s) { return Threads{[&] { spin(s.y, acquire); }, [&] { s.x.store(1); }}; }, Fault::livelock);
  expect_fault([](Shared& s) { return Threads{[&] { spin(s.y, acquire); }, [&] { s.y.store(0); }}; }, Fault::livelock);
}

TEST(Retry, IsALivelockIfTwoWaitForEachOther) {
  expect_fault(
      [](Shared& s) {
        return Threads{[&] {
                         spin(s.x, acquire);
                         s.y.store(1, release);
                       },
                       [&] {
                         spin(s.y, acquire);
                         s.x.store(1, release);
                       }};
      },
      Fault::livelock);
}

TEST(Retry, ThatAnotherChoiceWouldEndIsNoLivelock) {
  expect_exploration(
      [](Shared&) {
        return Threads{[] {
          const LoopHead head = loop_head();
          if (choose(2) == 0) retry(head);
        }};
      },
      {{"00"}, 1, 1});
}

TEST(Retry, AfterASpuriousFailureIsNoLivelock) {
  expect_exploration(
      [](Shared& s) {
        return Threads{[&] {
          const LoopHead head = loop_head();
          int expected = 0;
          if (!s.x.compare_exchange_weak(expected, 1, relaxed, relaxed)) retry(head);
        }};
      },
      {{"00"}, 1, 1});
}

TEST(Retry, BesideAThreadThatIsLeftOutIsNoLivelock) {
  expect_exploration(
      [](Shared& s) {
        return Threads{[&] { spin(s.y, acquire); },
                       [&] {
                         assume(s.x.load(relaxed) == 1);
                         s.y.store(1, release);
                       }};
      },
      {{}, 0, 1});
}

// What a compare-exchange loop leads to does not depend on whether its fruitless passes are explored.
TEST(Retry, PruningLosesNoOutcome) {
  Shared s;
  const auto increment = [&s] {
    for (;;) {
      const LoopHead head = loop_head();
      int read = s.x.load(relaxed);
      if (s.x.compare_exchange_strong(read, read + 1, relaxed, relaxed)) return read;
      retry(head);
    }
  };
  const Threads threads = {[&] { s.r1 = increment(); }, [&] { s.r2 = increment(); }, [&] { s.x.store(5, relaxed); }};
  for_each_order(threads, [&](const Threads& ordered) {
    const auto pruned = explore({}, ordered, s, r1, r2, &Shared::x);
    const auto whole =
        explore({.step_bound = 12, .step_bound_is_violation = false, .prune_retries = false}, ordered, s, r1, r2, &Shared::x);
    const Outcomes expected = {"015", "056", "105", "506", "567", "657"};
    EXPECT_EQ(pruned.outcomes, expected);
    EXPECT_EQ(whole.outcomes, expected);
    EXPECT_EQ(pruned.result.verdict, Verdict::held) << describe(pruned.result);
    EXPECT_EQ(pruned.result.counters.complete, 6U);
    EXPECT_GT(whole.result.counters.complete, 6U);
    EXPECT_EQ(whole.result.counters.blocked, 0U);
  });
}

// A spinning thread that writes in each pass, until it sees the flag or has reached the step bound.
Result spin_and_write(unsigned step_bound, const std::function<void(Shared&)>& write) {
  Shared s;
  const Options options{.step_bound = step_bound, .step_bound_is_violation = false, .check_duplicates = true};
  return check(
      options, [&] { s.y.store(1, relaxed); },
      [&] {
        for (;;) {
          const LoopHead head = loop_head();
          if (is_set(s.y.load(relaxed))) return;
          write(s);
          retry(head);
        }
      });
}

TEST(Retry, OfAPassThatWroteIsExplored) {
  struct Case {
    unsigned step_bound;
    std::function<void(Shared&)> write;
  };
  // The bounds allow two passes that write, and the load of a third.
  for (const Case& c :
       {Case{5, [](Shared& s) { s.x.store(1, relaxed); }}, Case{7, [](Shared& s) { s.x.fetch_add(1, relaxed); }},
        Case{3, [](Shared& s) { s.data.set(s.data.get() + 1); }},
        Case{3, [](Shared& s) { s.data.exchange(s.data.get() + 1); }}}) {
    const Result result = spin_and_write(c.step_bound, c.write);
    EXPECT_EQ(result.verdict, Verdict::bounded) << describe(result);
    EXPECT_EQ(result.counters.complete, 3U);
    EXPECT_EQ(result.counters.blocked, 0U);
    EXPECT_EQ(result.counters.bound, 1U);
    EXPECT_EQ(result.counters.duplicates, 0U);
  }
}

// A failed compare-exchange is a read only.
TEST(Retry, OfAPassWhoseCompareExchangeFailedIsBlocked) {
  const Result result = spin_and_write(100, [](Shared& s) { compare_exchange(s.x, 7, 8); });
  EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
  EXPECT_EQ(result.counters.complete, 1U);
  EXPECT_EQ(result.counters.blocked, 1U);
}

TEST(StepBound, IsAViolation) {
  atomic<int> flag;
  const Result result = check(
      {.step_bound = 20, .prune_retries = false},
      [&] {
        while (!flag.load(acquire)) {
        }
      },
      [&] { flag.store(1, release); });
  ASSERT_EQ(result.verdict, Verdict::violation);
  EXPECT_EQ(result.violation->fault, Fault::step_bound);
  EXPECT_EQ(result.violation->thread, 0);
}

TEST(StepBound, IsCountedIfItIsNoViolation) {
  atomic<int> flag;
  const Options options{.step_bound = 20, .step_bound_is_violation = false, .prune_retries = false, .check_duplicates = true};
  for_each_order({[&] {
                    while (!flag.load(acquire)) {
                    }
                  },
                  [&] { flag.store(1, release); }},
                 [&](Threads threads) {
                   const Result result = check(options, std::move(threads));
                   EXPECT_EQ(result.verdict, Verdict::bounded) << describe(result);
                   EXPECT_EQ(result.counters.complete, 20U);  // the flag is seen by the first, second, ... twentieth load
                   EXPECT_EQ(result.counters.bound, 1U);
                   EXPECT_EQ(result.counters.blocked, 0U);
                   EXPECT_EQ(result.counters.duplicates, 0U);
                 });
}

TEST(StepBound, IsTheNumberOfStepsThatAThreadMayTake) {
  atomic<int> x;
  const auto three_steps = [&] {
    for (int i = 0; i < 3; ++i) x.store(i, relaxed);
  };
  EXPECT_EQ(check({.step_bound = 3}, three_steps).verdict, Verdict::held);
  EXPECT_EQ(check({.step_bound = 2}, three_steps).verdict, Verdict::violation);
}

TEST(Assume, LeavesExecutionsOut) {
  expect_exploration(waited_for(release, [](Shared& s) { assume(s.y.load(acquire) == 1); }), {{"10"}, 1, 1});
}

TEST(Assume, OfWhatIsFalseIsNoDeadlock) {
  atomic<int> x;
  const Result result = check({}, [&] { assume(x.load() == 1); });
  EXPECT_EQ(result.verdict, Verdict::vacuous) << describe(result);
  EXPECT_EQ(result.counters.complete, 0U);
  EXPECT_EQ(result.counters.blocked, 1U);
}

TEST(Choose, TakesEachOption) {
  const Program program = [](Shared& s) { return Threads{[&] { s.r1 = static_cast<int>(choose(3)); }}; };
  expect_exploration(program, {{"00", "10", "20"}, 3, 0});
}

TEST(Choose, IsCombinedWithWhatOthersRead) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.r1 = static_cast<int>(choose(3)) + 1;
                     s.x.store(s.r1, relaxed);
                   },
                   [&] { s.r2 = s.x.load(relaxed); }};
  };
  expect_exploration(program, {{"10", "20", "30", "11", "22", "33"}, 6, 0});
}

TEST(Choose, OfOneIsNoChoice) {
  EXPECT_EQ(check({}, [&] { require(choose(1) == 0, "zero is the only option"); }).counters.complete, 1U);
}

}  // namespace
}  // namespace checker::litmus
