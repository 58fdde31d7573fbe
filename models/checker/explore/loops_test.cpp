// Loops that nobody has marked: those without end are found, and those that end are explored as they are.
#include <gtest/gtest.h>

#include "models/checker/front/check.hpp"
#include "models/checker/front/checker_test_support.hpp"

namespace checker {
namespace {

struct Lock {
  std::memory_order unlock_order = release;
  atomic<bool> locked{false, "locked"};
  void lock() {
    while (locked.exchange(true, acquire)) {
    }
  }
  void lock_marked() {
    for (;;) {
      const LoopHead head = loop_head();
      if (!locked.exchange(true, acquire)) return;
      retry(head);
    }
  }
  void lock_after_waiting() {
    for (;;) {
      while (locked.load(relaxed)) {
      }
      if (!locked.exchange(true, acquire)) return;
    }
  }
  void lock_by_compare() {
    bool expected = false;
    while (!locked.compare_exchange_weak(expected, true, acquire, relaxed)) expected = false;
  }
  void unlock() { locked.store(false, unlock_order); }
};

using Locks = void (Lock::*)();
constexpr Locks all_locks[] = {&Lock::lock, &Lock::lock_marked, &Lock::lock_after_waiting, &Lock::lock_by_compare};

TEST(UnmarkedLoops, LocksHold) {
  for (const Locks how : all_locks)
    for (const unsigned threads : {2U, 3U}) {
      Lock lock;
      var<int> n{0, "n"};
      const std::function<void()> adds = [&] { (lock.*how)(), n = n + 1, lock.unlock(); };
      const Result result =
          check({.check_duplicates = true, .finally = [&] { require(n == static_cast<int>(threads), "lost"); }},
                std::vector(threads, adds));
      EXPECT_EQ(result.verdict, Verdict::held) << (result.violation ? result.violation->message : "");
      EXPECT_EQ(result.counters.duplicates, 0U);
      const bool tests_and_sets = how == &Lock::lock || how == &Lock::lock_marked;
      EXPECT_TRUE(!tests_and_sets || result.counters.complete == (threads == 2 ? 2U : 6U)) << result.counters.complete;
    }
}

TEST(UnmarkedLoops, LocksThatDoNotHoldAreFound) {
  for (const Locks how : all_locks) {
    Lock lock{.unlock_order = relaxed};
    var<int> n{0, "n"};
    const auto adds = [&] { (lock.*how)(), n = n + 1, lock.unlock(); };
    const Result result = check({}, adds, adds);
    ASSERT_TRUE(result.violation);
    EXPECT_EQ(result.violation->fault, Fault::data_race);
  }
}

TEST(UnmarkedLoops, AForgottenUnlockIsALivelock) {
  for (const Locks how : all_locks)
    for (const Mode mode : {Mode::exhaustive, Mode::random}) {
      if (mode == Mode::random && how != &Lock::lock_marked) continue;  // runs into the step bound there
      Lock lock;
      const auto locks = [&] { (lock.*how)(); };
      const Result result = check({.mode = mode}, locks, locks);
      ASSERT_TRUE(result.violation);
      EXPECT_EQ(result.violation->fault, Fault::livelock) << result.violation->message;
    }
}

TEST(UnmarkedLoops, ThatWaitHaveTheExecutionsOfAwait) {
  atomic<int> x{0}, y{0};
  const auto waiting_by = [&](const std::function<void()>& wait) {
    return check(
               {.check_duplicates = true}, [&] { y.store(1, relaxed), x.store(1, relaxed), x.store(2, release); },
               [&] { wait(), require(y.load(relaxed) == 1, "y is seen"); })
        .counters;
  };
  const Counters marked = waiting_by([&] { x.await([](int v) { return v == 2; }, acquire); });
  const Counters unmarked = waiting_by([&] {
    while (x.load(acquire) != 2) {
    }
  });
  EXPECT_EQ(marked.complete, 1U);
  EXPECT_GE(unmarked.complete, marked.complete);
  EXPECT_EQ(unmarked.duplicates, 0U);
}

// What ends by itself is explored to its end.
TEST(UnmarkedLoops, ThatCountAreNoLoopsWithoutEnd) {
  atomic<int> x{0};
  const auto tries = [&] {
    for (int i = 0; i < 3; ++i)
      if (x.load(relaxed) == 1) return;
    x.store(2, relaxed);
  };
  const auto sees = [&](bool prune) {
    return check({.prune_retries = prune, .check_duplicates = true}, tries, [&] { x.store(1, relaxed); }).counters;
  };
  EXPECT_EQ(sees(true).complete, sees(false).complete);
  EXPECT_EQ(sees(true).blocked, 0U);
}

TEST(UnmarkedLoops, ThatCountOutsideTheirFramesAreNoLoopsWithoutEnd) {
  atomic<int> x{0};
  struct Backoff {
    int passes = 0;
  };
  const auto tries = [&] {
    static Backoff backoff;
    backoff.passes = 0;
    while (x.load(relaxed) == 0)
      if (++backoff.passes == 10) return;
    require(false, "seen");
  };
  const Result result = check({}, tries, [&] { x.store(1, relaxed); });
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(result.violation->message, "seen");
  EXPECT_EQ(check({}, tries).counters.complete, 1U);
}

TEST(UnmarkedLoops, ThatOnlyCountAreReportedWithTheLineAndTheRemedy) {
  atomic<int> x{0};
  unsigned line = 0;
  const auto spins = [&] {
    for (int passes = 0;; ++passes) {
      line = __LINE__ + 1;
      if (x.load(relaxed) == passes + 1) return;
    }
  };
  const Result result = check({}, spins, [&] { x.store(1'000'000, relaxed); });
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(result.violation->fault, Fault::step_bound);
  EXPECT_EQ(result.violation->where.line(), line);
  EXPECT_NE(result.violation->message.find("await()"), std::string::npos);
  EXPECT_LT(result.counters.executions(), 100U);
}

TEST(UnmarkedLoops, ThatWriteRunIntoTheBoundAndAreReportedWithTheirLine) {
  atomic<int> x{0};
  unsigned line = 0;
  const auto spins = [&] {
    for (;;) {
      line = __LINE__ + 1;
      x.fetch_add(1, relaxed);
    }
  };
  const Result result = check({}, [&] { x.load(); }, spins);
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(result.violation->fault, Fault::step_bound);
  EXPECT_EQ(result.violation->where.line(), line);
  EXPECT_LT(result.counters.executions(), 100U);
}

TEST(UnmarkedLoops, MayChooseAndFence) {
  atomic<int> x{0};
  const auto waits = [&] {
    while (x.load(relaxed) == 0) checker::atomic_thread_fence(acquire);
  };
  EXPECT_EQ(check({}, waits, [&] { x.store(1, relaxed); }).verdict, Verdict::held);
  const auto chooses = [&] {
    while (x.load(relaxed) == 0)
      if (choose(2) == 1) return;
  };
  const Result result = check({.step_bound = 20, .step_bound_is_violation = false}, chooses, [&] { x.store(1, relaxed); });
  EXPECT_EQ(result.verdict, Verdict::bounded);  // a choice is another pass each time
}

// What a loop counts outside its frames may make a later pass another one.
int passes_outside = 0;

TEST(UnmarkedLoops, WhoseLaterPassesDoSomethingElseAreNoLoopsWithoutEnd) {
  atomic<int> x{0}, y{7}, z{0};
  const auto looking_elsewhere = [&] {
    passes_outside = 0;
    while (x.load(relaxed) == 0)
      if (++passes_outside == 3 && y.load(relaxed) == 7) return;
  };
  EXPECT_EQ(check({}, looking_elsewhere).verdict, Verdict::held);
  const auto writing = [&] {
    passes_outside = 0;
    while (x.load(relaxed) == 0)
      if (++passes_outside == 3) z.store(1, relaxed);
  };
  const Result result = check({}, writing, [&] { z.await([](int v) { return v == 1; }), x.store(1, relaxed); });
  EXPECT_EQ(result.verdict, Verdict::held) << (result.violation ? explain(*result.violation) : "");
  const auto failing = [&] {
    passes_outside = 0;
    while (x.load(relaxed) == 0) require(++passes_outside != 5, "the fifth pass");
  };
  const Result failed = check({}, failing);
  ASSERT_TRUE(failed.violation);
  EXPECT_EQ(failed.violation->graph.length(0), 5);
}

TEST(UnmarkedLoops, MayWriteWhatIsThere) {
  atomic<int> read{0};
  var<int> cache{0, "cache"}, passes{0, "passes"};
  const auto fills = [&] {
    while (cache == 0) cache = read.load(acquire);  // a queue that keeps what it has seen of the other side
  };
  const Result result = check({}, fills, [&] { read.store(1, release); });
  EXPECT_EQ(result.verdict, Verdict::held) << (result.violation ? explain(*result.violation) : "");
  EXPECT_LT(result.counters.executions(), 10U);
  const auto counts = [&] {
    while (read.load(acquire) == 0 && passes < 20) passes = passes + 1;
  };
  EXPECT_EQ(check({}, counts, [&] { read.store(1, release); }).counters.complete, 22U);  // seen by one of 21 loads, or by none
  const auto counts_late = [&] {
    passes_outside = 0;
    while (read.load(acquire) == 0 && passes < 3) passes = ++passes_outside > 4 ? passes + 1 : passes.get();
  };
  EXPECT_EQ(check({}, counts_late).verdict, Verdict::held);
}

TEST(UnmarkedLoops, ThatAskForAnotherValueAreOtherPasses) {
  atomic<int> x{0};
  const auto adds = [&] {
    int expected = 0;  // a constant, which a marked loop may not begin with
    while (!x.compare_exchange_strong(expected, expected + 1, relaxed)) {
    }
  };
  bool six = false, seven = false;
  check({.finally = [&] { six |= x == 6; }}, adds, [&] { x.store(5, relaxed); });
  EXPECT_TRUE(six);
  const auto claims = [&] {
    int expected = 0;
    while (!x.compare_exchange_strong(expected, 7, relaxed)) {
    }
  };
  check({.finally = [&] { seven |= x == 7; }}, claims, [&] { x.store(5, relaxed); });
  EXPECT_TRUE(seven);
}

TEST(UnmarkedLoops, ThatRunIntoTheBoundAreReportedWithTheirBusiestLine) {
  atomic<int> x{0};
  unsigned line = 0;
  const auto spins = [&] {
    for (;;) {
      line = __LINE__ + 1;
      for (int i = 0; i < 3; ++i) x.fetch_add(1, relaxed);
      x.fetch_sub(1, relaxed);
    }
  };
  for (const unsigned bound : {40U, 42U, 44U, 46U}) {
    const Result result = check({.step_bound = bound}, spins);
    ASSERT_TRUE(result.violation);
    EXPECT_EQ(result.violation->where.line(), line);
  }
}

TEST(UnmarkedLoops, AnExceptionOrACrashInAPassIsStillFound) {
  atomic<int> x{0};
  const auto gives_up = [&] {
    int passes = 0;
    while (x.load(relaxed) == 0)
      if (++passes == 5) throw 5;
  };
  const Result result = check({}, gives_up, [&] { x.store(1, relaxed); });
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(result.violation->fault, Fault::exception);
  EXPECT_EQ(result.violation->graph.length(0), 5);
}

}  // namespace
}  // namespace checker
