// Verdicts that could mislead: what checked code does besides accesses, and what outlives an execution.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cassert>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "checker_test_support.hpp"

namespace checker {
namespace {

void expect_violation(const Result& result, Fault fault, const std::string& part) {
  ASSERT_EQ(result.verdict, Verdict::violation) << name(result.verdict);
  EXPECT_EQ(result.violation->fault, fault) << result.violation->message;
  EXPECT_NE(result.violation->message.find(part), std::string::npos) << result.violation->message;
  EXPECT_NE(explain(*result.violation).find("violation: "), std::string::npos);
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}

// Plain results.

template <class Kept>
Result store_buffering_in_a_circle() {
  atomic<int> x{0}, z{0};
  Kept r{-1}, s{-1};
  return check(
      {.finally = [&] { require(!(r == 0 && s == 0), "both are 0"); }}, [&] { r = x.load(relaxed); },
      [&] { z.store(1, relaxed); }, [&] { s = z.load(relaxed), x.store(1, relaxed); });
}

TEST(PlainResults, AreThoseOfTheExecution) {
  EXPECT_EQ(store_buffering_in_a_circle<int>().verdict, Verdict::violation);
  EXPECT_EQ(store_buffering_in_a_circle<var<int>>().verdict, Verdict::violation);
}

TEST(PlainResults, OfEarlierExecutionsInventNothing) {
  atomic<int> tickets{0}, u{0};
  int a = -1, b = -1, c = -1;
  const Result result = check(
      {.finally = [&] { require(a + b == 1, "tickets 0 and 1 are handed out"); }}, [&] { a = tickets.fetch_add(1, relaxed); },
      [&] { u.store(1, relaxed); }, [&] { c = u.load(relaxed), b = tickets.fetch_add(1, relaxed); });
  EXPECT_EQ(result.verdict, Verdict::held);
  EXPECT_EQ(result.counters.complete, 4U);
}

TEST(PlainResults, AreThoseOfTheExecutionInEveryOneOfMany) {
  atomic<int> x{0}, y{0};
  std::array<int, 3> plain{};
  var<int> kept[3];
  std::vector<std::function<void()>> threads;
  for (std::size_t i = 0; i < 3; ++i)
    threads.push_back([&, i] {
      x.fetch_add(1 << i, relaxed);
      plain[i] = x.load(relaxed) + 10 * y.exchange(static_cast<int>(i), relaxed);
      kept[i] = plain[i];
    });
  const auto same = [&] {
    for (std::size_t i = 0; i < 3; ++i) require(plain[i] == kept[i], "a plain variable is of another execution");
  };
  const Result result = check({.finally = same}, threads);
  EXPECT_EQ(result.verdict, Verdict::held);
  EXPECT_GT(result.counters.complete, 100U);
}

// Nothing was looked at.

TEST(Vacuous, IsAVerdictOfItsOwn) {
  atomic<int> flag{0};
  const auto never = [] { require(false, "never reached"); };
  const auto leaves_out = [&] { assume(flag.load() == 7); };
  EXPECT_EQ(check({.finally = never}, leaves_out, [&] { flag.store(1); }).verdict, Verdict::vacuous);
  EXPECT_EQ(check({.mode = Mode::random, .finally = never}, leaves_out).verdict, Verdict::vacuous);
  EXPECT_EQ(check({.mode = Mode::bounded, .finally = never}, leaves_out).verdict, Verdict::vacuous);
  EXPECT_EQ(name(Verdict::vacuous), "vacuous");
}

// Ends of the process.

TEST(Crashes, AnExceptionIsAViolation) {
  atomic<int> x{0};
  const auto thrower = [&] {
    const auto owned = std::make_unique<int>(1);
    if (x.load() == *owned) throw std::runtime_error("boom");
  };
  for (const Mode mode : {Mode::exhaustive, Mode::random}) {
    const Result result = check({.mode = mode}, [&] { x = 1; }, thrower);
    expect_violation(result, Fault::exception, "std::runtime_error: boom");
    EXPECT_EQ(result.violation->thread, 1);
  }
  expect_violation(check({}, [&] { throw 7; }), Fault::exception, "no std::exception");
  expect_violation(check({.finally = [] { throw std::runtime_error("last"); }}, [&] { x = 1; }), Fault::exception, "`finally`");
}

TEST(Crashes, AnExceptionThatMayNotLeaveIsAViolation) {
  atomic<int> x{0};
  const auto body = [&]() noexcept {
    x = 1;
    [] { throw std::runtime_error("boom"); }();
  };
  for (const Mode mode : {Mode::exhaustive, Mode::random})
    expect_violation(check({.mode = mode}, body), Fault::exception, "std::terminate, because of std::runtime_error: boom");
}

TEST(Crashes, AFailedAssertIsAViolation) {
  atomic<int> x{0};
  const auto asserts = [&] { assert(x.load() == 0); };
  for (const Mode mode : {Mode::exhaustive, Mode::random})
    expect_violation(check({.mode = mode}, [&] { x.store(1); }, asserts), Fault::assertion, "assert(x.load() == 0) fails in");
}

TEST(Crashes, ASignalIsAViolation) {
  atomic<int> x{0};
  const auto dereferences = [&] {
    int zero = 0;
    int* const p = x.load() == 1 ? nullptr : &zero;
    *const_cast<volatile int*>(p) = 1;
  };
  for (const Mode mode : {Mode::exhaustive, Mode::random}) {
    const Result result = check({.mode = mode}, [&] { x.store(1); }, dereferences);
    expect_violation(result, Fault::crash, "SIGSEGV");
    EXPECT_GT(result.violation->where.line(), 0U);
  }
  expect_violation(check({}, [] { std::abort(); }), Fault::crash, "SIGABRT");
  expect_violation(check({}, [] { std::abort(); }), Fault::crash, "SIGABRT");  // a second time
}

TEST(Crashes, AreCountedEachWhereACheckGoesOn) {
  atomic<int> x{0};
  const Result result = check(
      {.stop_at_violation = false}, [&] { x.store(1), x.store(2); },
      [&] {
        if (x.load() != 0) std::abort();
      });
  EXPECT_EQ(result.counters.violations, 2U);
  EXPECT_EQ(result.counters.complete, 1U);
}

int depth_of(volatile int* level) {
  *level = *level + 1;
  volatile char frame[1024];
  frame[0] = 1;
  return *level < 0 ? 0 : depth_of(level) + frame[0];
}

TEST(Crashes, ARecursionWithoutEndIsAViolation) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer's frames are too large for the stack that handlers have";
#endif
  rlimit limit{};
  getrlimit(RLIMIT_STACK, &limit);
  if (limit.rlim_cur == RLIM_INFINITY) GTEST_SKIP() << "the stack has no bound here";
  int level = 0;
  for (const Mode mode : {Mode::exhaustive, Mode::random})
    expect_violation(check({.mode = mode}, [&] { depth_of(&level); }), Fault::crash, "SIGSEGV");
}

TEST(Crashes, OutsideOfACheckAreWhatTheyWere) {
  atomic<int> x{0};
  struct sigaction before{}, after{};
  sigaction(SIGSEGV, nullptr, &before);
  const std::terminate_handler terminate = std::get_terminate();
  EXPECT_EQ(check({}, [&] { x.store(1); }).verdict, Verdict::held);
  sigaction(SIGSEGV, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_EQ(before.sa_handler, SIG_DFL);
#endif
  EXPECT_EQ(terminate, std::get_terminate());
  EXPECT_EXIT(std::abort(), testing::KilledBySignal(SIGABRT), "");
  EXPECT_DEATH(assert(x.load() == 7), "Assertion `x.load\\(\\) == 7' failed");
}

TEST(Crashes, LeaveExceptionsAsTheyWere) {
  atomic<int> x{0};
  const Result result = check(
      {.stop_at_violation = false}, [&] { x.store(1); },
      [&] {
        try {
          throw 1;
        } catch (int) {
          assume(x.load() == 1);  // leaves a handler
        }
      });
  EXPECT_EQ(result.counters.complete, 1U);
  EXPECT_EQ(std::current_exception(), nullptr);
  EXPECT_EQ(std::uncaught_exceptions(), 0);
}

// Orders.

TEST(ForbiddenOrders, AreMisuseAtTheLine) {
  atomic<int> x{0};
  const auto compare = [&](std::memory_order order, std::memory_order failure, Location where = Location::current()) {
    int expected = 0;
    x.compare_exchange_strong(expected, 1, order, failure, where);
  };
  const auto first_line = static_cast<unsigned>(__LINE__) + 2;
  const std::vector<std::function<void()>> uses = {
      [&] { x.load(release); },
      [&] { x.load(acq_rel); },
      [&] { x.store(1, acquire); },
      [&] { x.store(1, acq_rel); },
      [&] { x.store(1, std::memory_order_consume); },
      [&] { compare(relaxed, release); },
      [&] { compare(seq_cst, acq_rel); },
  };
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const Result result = check({}, uses[i]);
    expect_violation(result, Fault::misuse, "expected relaxed, ");
    EXPECT_EQ(result.violation->where.line(), first_line + i);
    EXPECT_NE(error_of(uses[i]).find("verdicts_test.cpp:" + std::to_string(first_line + i)), std::string::npos);
  }
  const auto allowed = [&] {
    x.load(std::memory_order_consume), x.store(1, seq_cst), x.exchange(2, acq_rel);
    compare(relaxed, seq_cst);  // since C++17 the failure order may be the stronger one
    checker::atomic_thread_fence(relaxed);
  };
  EXPECT_EQ(check({}, allowed).verdict, Verdict::held);
}

TEST(Fences, AreTheCheckersWithoutItsName) {
  atomic<int> x{0}, y{0};
  const auto side = [](atomic<int>& mine, atomic<int>& other) {
    return [&] { mine.store(1, relaxed), atomic_thread_fence(std::memory_order_seq_cst), other.load(relaxed); };
  };
  EXPECT_EQ(check({}, side(x, y), side(y, x)).counters.complete, 3U);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // is still there
}

// What outlives an execution.

TEST(State, OfAClosureBeginsAnewInEveryExecution) {
  atomic<int> x{0};
  const auto counter = [&x, calls = 0]() mutable { x.fetch_add(++calls); };
  const Result result = check({.finally = [&] { require(x == 2, "each began with 0"); }}, counter, counter);
  EXPECT_EQ(result.verdict, Verdict::held);
}

int static_calls = 0;
thread_local int thread_local_calls = 0;

TEST(State, ThatChangesWhatAThreadDoesIsAnError) {
  atomic<int> x{0};
  int calls = 0;
  const std::vector<std::function<void()>> bodies = {
      [&] { x.store(++static_calls % 2 == 0 ? 1 : 2); },
      [&] { x.fetch_add(++thread_local_calls); },
      [&] { ++calls % 2 == 0 ? x.store(1) : x.store(2); },
  };
  for (const auto& body : bodies)
    EXPECT_NE(error_of([&] { check({}, body, [&] { x.store(3); }); }).find("outlives an execution"), std::string::npos);
}

TEST(State, ThatChangesWhatTheOnlyThreadDoesIsAnError) {
  atomic<int> x{0};
  int calls = 0;
  EXPECT_THROW(check({}, [&] { x.store(++calls); }), std::logic_error);
  EXPECT_THROW(estimate({}, {[&] { x.store(++calls); }}), std::logic_error);
}

TEST(State, ThatChangesWhatFinallyFindsIsAnError) {
  atomic<int> x{0};
  int sum = 0;
  const auto adds = [&] { x.fetch_add(1), ++sum; };
  const std::string error = error_of([&] { check({.finally = [&] { require(sum == 2, "the sum"); }}, adds, adds); });
  EXPECT_NE(error.find("plain variables keep what an earlier execution left"), std::string::npos) << error;
}

// Memory.

TEST(Memory, OfBlockedThreadsIsFreed) {
  atomic<int> x{0}, y{0};
  const auto writes = [](atomic<int>& a) {
    return [&a] {
      for (int i = 1; i < 5; ++i) a.store(i, relaxed);
    };
  };
  const auto owner = [&] {
    const std::vector<char> own(1000, 1);
    assume(x.load(relaxed) + y.load(relaxed) + x.load(relaxed) == 99);
  };
  for (const Mode mode : {Mode::exhaustive, Mode::random}) {
    const long before = living_allocations;
    const Result result = check({.mode = mode, .samples = 300}, writes(x), writes(y), owner);
    EXPECT_GT(result.counters.blocked, 50U);
    EXPECT_LT(living_allocations - before, 20);
  }
}

TEST(Memory, OfThreadsThatWaitIsFreedInSamples) {
  atomic<int> x{0};
  const auto waits = [&] {
    const std::vector<char> own(1000, 1);
    for (;;) {
      const LoopHead head = loop_head();
      if (x.load(relaxed) == 2) return;
      retry(head);
    }
  };
  const auto fails = [&] { require(x.load(relaxed) != 1, "seen"); };
  const long before = living_allocations;
  const Result result = check({.mode = Mode::random, .samples = 300, .stop_at_violation = false}, waits, fails,
                              [&] { x.store(1, relaxed), assume(false); });
  EXPECT_GT(result.counters.violations, 10U);
  EXPECT_LT(living_allocations - before, 20);
}

TEST(Memory, DestructorsOfABlockedThreadActOnNothing) {
  atomic<int> x{0}, released{0};
  struct Release {
    atomic<int>& a;
    explicit Release(atomic<int>& what) : a(what) {}
    ~Release() {
      while (!a.exchange(1)) a.store(0);  // would not end
    }
  };
  const auto blocked = [&] {
    const Release guard(released);
    const auto owned = std::make_unique<int>(1);
    assume(x.load() == *owned);
  };
  const Result result = check({}, blocked, [&] { require(released.load() == 0, "a thread that was left has gone on"); });
  EXPECT_EQ(result.verdict, Verdict::vacuous);
}

TEST(Memory, AThreadThatCatchesEverythingIsLeftAllTheSame) {
  atomic<int> x{0};
  const auto catches = [&] {
    const auto owned = std::make_unique<int>(1);
    try {
      assume(x.load() == *owned);
    } catch (...) {
    }
    x.store(5);
  };
  const Result result = check({}, catches, [&] { require(x.load() != 5, "a thread that was left has gone on"); });
  EXPECT_EQ(result.verdict, Verdict::vacuous);
}

// Hangs.

TEST(Hangs, OfPlainLoopsAreViolations) {
  atomic<int> x{0};
  var<int> d{0, "d"};
  const auto spins = [&] {
    while (d == 0) {
    }
  };
  expect_violation(check({}, spins), Fault::step_bound, "accesses to plain data");
  const auto hangs = [&] {
    x.store(1);
    for (volatile bool go_on = true; go_on;) {
    }
  };
  for (const Mode mode : {Mode::exhaustive, Mode::random})
    expect_violation(check({.mode = mode, .patience = 1}, hangs), Fault::crash, "accesses nothing");
}

// Wrong use.

TEST(Misuse, ChecksDoNotNest) {
  atomic<int> x{0};
  const std::string captured(100, 'x');
  const auto nests = [&x, captured] {
    x.store(1);
    check({}, [&] { x.load(); });
    x.store(static_cast<int>(captured.size()));
  };
  expect_violation(check({}, nests, [&] { x.store(3); }), Fault::misuse, "checks do not nest");
}

TEST(Misuse, AnObjectMayNotBeDestroyedByAThread) {
  auto x = std::make_unique<atomic<int>>(0);
  expect_violation(check({}, [&] { x.reset(); }), Fault::misuse, "must live as long as the check");
}

TEST(Misuse, TooManyObjectsAreAnError) {
  std::vector<std::unique_ptr<atomic<int>>> objects;
  EXPECT_THROW(for (int i = 0; i < 40'000; ++i) objects.push_back(std::make_unique<atomic<int>>(i)), std::length_error);
  EXPECT_EQ(check({}, [&] { objects.back()->store(1); }, [&] { objects.back()->load(); }).counters.complete, 2U);
}

TEST(OtherThreadsOfTheSystem, CheckObjectsOfThisOne) {
  atomic<int> x{0}, y{0};
  Result result;
  std::thread([&] { result = check({}, [&] { x.store(1), y.load(); }, [&] { y.store(1), x.load(); }); }).join();
  EXPECT_EQ(result.verdict, Verdict::held);
  EXPECT_EQ(result.counters.complete, 3U);
}

TEST(OtherThreadsOfTheSystem, CheckAtTheSameTime) {
  std::vector<std::thread> threads;
  std::array<std::uint64_t, 4> complete{};
  for (std::uint64_t& count : complete)
    threads.emplace_back([&count] {
      for (int i = 0; i < 50; ++i) {
        atomic<int> x{0}, y{0};
        count += check({}, [&] { x.store(1), y.load(); }, [&] { y.store(1), x.load(); }).counters.complete;
      }
    });
  for (std::thread& t : threads) t.join();
  for (const std::uint64_t count : complete) EXPECT_EQ(count, 150U);
}

TEST(Explain, KnowsObjectsThatAreGone) {
  Result result;
  {
    atomic<int> y{0, "temporary"};
    result = check({}, [&] { y.store(1); }, [&] { require(y.load() == 0, "seen"); });
  }
  EXPECT_NE(explain(*result.violation).find("temporary"), std::string::npos);
}

}  // namespace
}  // namespace checker
