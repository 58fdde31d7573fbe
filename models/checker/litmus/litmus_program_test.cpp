// Programs as such: requirements, what a check refuses, what it remembers, and accesses outside a check.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>

#include "litmus_test_support.hpp"

namespace checker::litmus {
namespace {

TEST(Require, InAThreadIsAnAssertion) {
  atomic<int> x;
  const Location begin = Location::current();
  const Result result = check({}, [&] { x.store(1); }, [&] { require(x.load() == 0, "x is not seen"); });
  ASSERT_EQ(result.verdict, Verdict::violation);
  EXPECT_EQ(result.violation->fault, Fault::assertion);
  EXPECT_EQ(result.violation->message, "x is not seen");
  EXPECT_EQ(result.violation->thread, 1);
  EXPECT_EQ(result.violation->where.line(), begin.line() + 1);
  EXPECT_STREQ(result.violation->where.file_name(), begin.file_name());
}

TEST(Require, InFinallySeesTheLastValues) {
  Shared s;
  Options options{.stop_at_violation = false};
  options.finally = [&] { require(s.r1 + s.r2 > 0, "both missed"); };
  for_each_order(store_buffering(relaxed, relaxed)(s), [&](Threads threads) {
    const Result result = check(options, std::move(threads));
    ASSERT_EQ(result.verdict, Verdict::violation);
    EXPECT_EQ(result.violation->message, "both missed");
    EXPECT_EQ(result.violation->thread, -1);
    EXPECT_EQ(result.counters.violations, 1U);
    EXPECT_EQ(result.counters.complete, 3U);
  });
}

TEST(Require, FinallyRunsAloneOnTheNewestValues) {
  Shared s;
  Options options;
  options.finally = [&] {
    require(s.x.exchange(7) == 2 && s.x.load() == 7 && s.x.fetch_add(1) == 7, "x is ours");
    s.x.store(5);
    int expected = 5;
    require(s.x.compare_exchange_strong(expected, 6) && s.x.load() == 6, "compare-exchange");
    s.data.set(4);
    require(s.data.exchange(5) == 4 && s.data.get() == 5, "data is ours");
  };
  const Result result = check(options, [&] { s.x.store(2); }, [&] { s.x.load(); });
  EXPECT_EQ(result.verdict, Verdict::held);
  EXPECT_EQ(result.counters.complete, 2U);
}

TEST(Require, FinallyCannotChoose) {
  Shared s;
  Options options;
  options.finally = [] { choose(2); };
  const Result result = check(options, [&] { s.x.store(2); });
  ASSERT_EQ(result.verdict, Verdict::violation);
  EXPECT_EQ(result.violation->message, "model: `finally` runs alone, and can neither choose nor wait");
}

TEST(Check, StopsAtTheFirstViolationUnlessToldNotTo) {
  atomic<int> x;
  const auto writer = [&] { x.store(1, relaxed); };
  const auto reader = [&] { require(x.load(relaxed) == 7, "x is 7"); };
  EXPECT_EQ(check({}, writer, reader).counters.violations, 1U);
  EXPECT_EQ(check({.stop_at_violation = false}, writer, reader).counters.violations, 2U);
}

TEST(Check, StopsAtItsLimitAndSaysThatItIsIncomplete) {
  Shared s;
  const Threads threads = store_buffering(relaxed, relaxed)(s);
  const Result limited = check({.maximum_executions = 3}, threads);
  EXPECT_EQ(limited.verdict, Verdict::incomplete);
  EXPECT_EQ(limited.counters.complete, 3U);
  EXPECT_EQ(check({.maximum_executions = 5}, threads).verdict, Verdict::held);
}

TEST(Check, RefusesNoThreadsAndTooMany) {
  const std::function<void()> nothing = [] {};
  EXPECT_THROW(check({}, Threads{}), std::invalid_argument);
  EXPECT_THROW(check({}, Threads(17, nothing)), std::invalid_argument);
  EXPECT_EQ(check({}, Threads(16, nothing)).counters.complete, 1U);
}

TEST(Check, RefusesObjectsThatAreConstructedByAThread) {
  for (const Result& result : {check({}, [] { const atomic<int> inner; }), check({}, [] { const var<int> inner; })}) {
    ASSERT_EQ(result.verdict, Verdict::violation);
    EXPECT_EQ(result.violation->fault, Fault::misuse);
    EXPECT_NE(result.violation->message.find("constructed before the check"), std::string::npos);
  }
  EXPECT_EQ(Execution::current(), nullptr);
  atomic<int> outer;
  EXPECT_EQ(check({}, [&] { outer.store(1); }).verdict, Verdict::held);
}

// The second thread's store makes the first run again from its load of y; what came before must be the same then.
void expect_no_function(const std::function<void(Shared&, int run)>& beginning) {
  Shared s;
  int runs = 0;
  const auto first = [&] {
    beginning(s, runs++);
    s.y.load(relaxed);
  };
  EXPECT_THROW(check({}, first, [&] { s.y.store(1, relaxed); }), std::logic_error);
  EXPECT_GE(runs, 2);
  EXPECT_EQ(Execution::current(), nullptr);
}

TEST(Determinism, AThreadThatAccessesAnotherObjectIsRefused) {
  expect_no_function([](Shared& s, int run) { (run == 0 ? s.x : s.z).load(relaxed); });
  expect_no_function([](Shared& s, int run) { (run == 0 ? s.r1 : s.r2).set(1); });
}

TEST(Determinism, AThreadThatAccessesInAnotherWayIsRefused) {
  expect_no_function([](Shared& s, int run) { s.x.load(run == 0 ? relaxed : acquire); });
  expect_no_function([](Shared& s, int run) { run == 0 ? static_cast<void>(s.x.load(relaxed)) : s.x.store(1, relaxed); });
  expect_no_function([](Shared& s, int run) { run == 0 ? s.x.fetch_add(1, relaxed) : s.x.exchange(1, relaxed); });
  expect_no_function([](Shared& s, int run) { run == 0 ? s.r1.set(1) : static_cast<void>(s.r1.get()); });
  expect_no_function([](Shared&, int run) { checker::atomic_thread_fence(run == 0 ? acquire : release); });
}

TEST(Determinism, AThreadThatStoresAnotherValueIsRefused) {
  expect_no_function([](Shared& s, int run) { s.x.store(run, relaxed); });
}

TEST(Determinism, AThreadThatAddsAnotherValueIsRefused) {
  expect_no_function([](Shared& s, int run) { s.x.fetch_add(run + 1, relaxed); });
}

TEST(Determinism, AThreadThatComparesOrSetsAnotherValueIsRefused) {
  expect_no_function([](Shared& s, int run) { compare_exchange(s.x, run, 5); });
  expect_no_function([](Shared& s, int run) { compare_exchange(s.x, 0, run + 1); });
  expect_no_function([](Shared& s, int run) { compare_exchange(s.x, 5, 6, relaxed, run == 0 ? relaxed : acquire); });
}

TEST(Determinism, AThreadThatSetsPlainDataToAnotherValueIsRefused) {
  expect_no_function([](Shared& s, int run) { s.r1.set(run); });
  expect_no_function([](Shared& s, int run) { s.r1.exchange(run); });
}

TEST(Determinism, AThreadThatChoosesFromOtherOptionsIsRefused) {
  expect_no_function([](Shared&, int run) { choose(run == 0 ? 2U : 3U); });
}

TEST(Determinism, AThreadThatEndsEarlierIsRefused) {
  Shared s;
  int runs = 0;
  const auto first = [&] {
    if (runs++ == 0) s.y.load(relaxed);
  };
  EXPECT_THROW(check({}, first, [&] { s.y.store(1, relaxed); }), std::logic_error);
}

TEST(Determinism, AThreadThatDependsOnWhatItReadsIsFine) {
  Shared s;
  const auto first = [&] { s.x.store(s.y.load(relaxed) + 1, relaxed); };
  EXPECT_EQ(check({}, first, [&] { s.y.store(1, relaxed); }).counters.complete, 2U);
}

TEST(OutsideACheck, AccessesActOnTheInitialValue) {
  Shared s;
  s.x.store(5);
  EXPECT_EQ(s.x.fetch_add(2), 5);
  EXPECT_EQ(compare_exchange(s.x, 6, 9), 7);
  EXPECT_EQ(compare_exchange(s.x, 7, 8), 7);
  EXPECT_EQ(s.x.load(), 8);
  s.data = 3;
  EXPECT_EQ(s.data.exchange(4), 3);
  const auto thread = [&] {
    require(s.x.load() == 8, "the initial value of x");
    require(s.data == 4, "the initial value of data");
    s.x.store(1);
    s.data = 1;
  };
  EXPECT_EQ(check({}, thread).verdict, Verdict::held);
}

TEST(OutsideACheck, InitialValuesOutliveChecks) {
  Shared s;
  s.x = 2;
  s.data = 3;
  const auto thread = [&] {
    s.x = s.x + 1;
    s.data = s.data + 1;
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(check({}, thread).verdict, Verdict::held);
    EXPECT_EQ(s.x.load(), 2);
    EXPECT_EQ(s.data.get(), 3);
  }
}

TEST(OutsideACheck, FunctionsOfThreadsDoNothing) {
  atomic<int> x(4);
  checker::atomic_thread_fence(seq_cst);
  require(false, "nobody is there to hear it");
  assume(false);
  EXPECT_EQ(choose(3), 0U);
  retry(loop_head());
  EXPECT_EQ(x.await([](int) { return false; }), 4);
}

TEST(OutsideACheck, ObjectsAreNewWhenTheirPlaceIsUsedAgain) {
  const atomic<int> keeps_the_places;
  auto old = std::make_unique<atomic<int>>(7);
  const atomic<int> neighbour(8);
  old.reset();
  const atomic<int> fresh(9), another(10);
  const Result result = check({}, [&] {
    require(keeps_the_places.load() == 0 && neighbour.load() == 8, "objects that stay");
    require(fresh.load() == 9 && another.load() == 10, "objects that are new");
  });
  EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
}

}  // namespace
}  // namespace checker::litmus
