// Mutexes, condition variables and the others: exact numbers of executions, what they order, and the mistakes of their users.
#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/front/checker_test_support.hpp"

namespace checker {
namespace {

using Body = std::function<void()>;

Result check_all(const std::vector<Body>& threads, const Body& finally = {}) {
  return check({.check_duplicates = true, .finally = finally}, threads);
}

void expect_held(const Result& result, std::uint64_t complete) {
  EXPECT_EQ(result.verdict, Verdict::held) << (result.violation ? explain(*result.violation) : name(result.verdict));
  EXPECT_EQ(result.counters.complete, complete);
  EXPECT_EQ(result.counters.duplicates, 0U);
}

void expect_fault(const Result& result, Fault fault, const std::string& part = "") {
  ASSERT_EQ(result.verdict, Verdict::violation) << name(result.verdict);
  EXPECT_EQ(result.violation->fault, fault) << result.violation->message;
  EXPECT_NE(result.violation->message.find(part), std::string::npos) << result.violation->message;
}

// Mutexes.

TEST(Mutex, AllowsEveryOrderOfItsHolders) {
  mutex m{"m"};
  var<int> n{0, "n"};
  const Body adds = [&] {
    const lock_guard lock(m);
    n = n + 1;
  };
  expect_held(check_all({adds, adds}, [&] { require(n == 2, "both"); }), 2);
  expect_held(check_all({adds, adds, adds}, [&] { require(n == 3, "all"); }), 6);
  const Body twice = [&] { adds(), adds(); };
  expect_held(check_all({twice, twice}, [&] { require(n == 4, "all"); }), 6);
  EXPECT_EQ(check({.mode = Mode::random, .samples = 200}, adds, adds, adds).counters.complete, 200U);
}

TEST(Mutex, WorksWithTheLocksOfTheLibrary) {
  mutex m;
  var<int> n{0};
  const Body adds = [&] {
    std::unique_lock lock(m);
    n = n + 1;
    lock.unlock();
    const std::lock_guard again(m);
    n = n + 1;
  };
  expect_held(check_all({adds, adds}, [&] { require(n == 4, "all"); }), 6);
}

TEST(Mutex, ThatGuardsNothingIsFound) {
  mutex m, other;
  var<int> n{0, "n"};
  expect_fault(check_all({[&] { std::lock_guard{m}, n = 1; },
                          [&] {
                            const std::lock_guard lock(other);
                            n = 2;
                          }}),
               Fault::data_race, "n: ");
}

TEST(Mutex, LocksInTwoOrdersAreADeadlock) {
  mutex a{"a"}, b{"b"};
  const auto both = [](mutex& first, mutex& second) {
    return [&] {
      const lock_guard outer(first);
      const lock_guard inner(second);
    };
  };
  expect_fault(check_all({both(a, b), both(b, a)}), Fault::deadlock);
  expect_held(check_all({both(a, b), both(a, b)}), 2);
}

TEST(Mutex, IsTriedAndMayFail) {
  mutex m;
  var<int> n{0};
  const Body tries = [&] {
    if (!m.try_lock()) return;
    n = n + 1;
    m.unlock();
  };
  const auto some = [&] { require(n >= 1, "one of them, if nobody fails without a reason"); };
  expect_fault(check({.weak_failures = 2, .finally = some}, tries, tries), Fault::assertion);
  const Result strong = check({.weak_failures = 0, .finally = some}, tries, tries);
  EXPECT_EQ(strong.verdict, Verdict::held);
}

TEST(Mutex, WrongUsesAreMisuse) {
  mutex m;
  recursive_mutex r;
  shared_mutex s;
  expect_fault(check_all({[&] { m.lock(), m.lock(); }}), Fault::misuse, "locks a mutex that it holds");
  expect_fault(check_all({[&] { m.lock(), m.try_lock(); }}), Fault::misuse, "tries to lock a mutex that it holds");
  expect_fault(check_all({[&] { m.unlock(); }}), Fault::misuse, "does not hold");
  expect_fault(check_all({[&] { m.lock(); }, [&] { m.unlock(); }}), Fault::misuse, "does not hold");
  atomic<bool> locked{false};
  const auto unlocks_of_another = [&] { locked.await([](bool l) { return l; }), m.unlock(); };
  expect_fault(check_all({[&] { m.lock(), locked = true; }, unlocks_of_another}), Fault::misuse, "does not hold");
  expect_fault(check_all({[&] { r.unlock(); }}), Fault::misuse, "does not hold");
  expect_fault(check_all({[&] { s.lock(), s.lock_shared(); }}), Fault::misuse, "locks a mutex that it holds");
  expect_fault(check_all({[&] { s.unlock_shared(); }}), Fault::misuse, "nobody shares");
  expect_fault(check_all({[&] { s.lock_shared(), s.unlock(); }}), Fault::misuse, "does not hold");
  EXPECT_THROW(m.unlock(), std::logic_error);
  m.lock();
  EXPECT_THROW(m.lock(), std::logic_error);
  m.unlock();
}

TEST(Mutex, MayBeRecursive) {
  recursive_mutex m;
  var<int> n{0};
  const Body adds = [&] {
    const std::lock_guard outer(m);
    const std::lock_guard inner(m);
    n = n + 1;
  };
  expect_held(check_all({adds, adds}, [&] { require(n == 2, "both"); }), 2);
}

TEST(Mutex, MayBeShared) {
  shared_mutex m;
  var<int> n{0, "n"};
  const Body writes = [&] {
    const lock_guard lock(m);
    n = n + 1;
  };
  const Body reads = [&] {
    const shared_lock lock(m);
    require(n == 0 || n == 1, "whole");
  };
  const Result result = check_all({writes, reads, reads});
  EXPECT_EQ(result.verdict, Verdict::held) << (result.violation ? explain(*result.violation) : "");
  EXPECT_EQ(result.counters.duplicates, 0U);
  const Body writes_shared = [&] {
    const shared_lock lock(m);
    n = n + 1;
  };
  expect_fault(check_all({writes_shared, reads}), Fault::data_race);
}

// Condition variables.

struct Queue {
  mutex m{"m"};
  condition_variable filled{"filled"};
  var<int> count{0, "count"};

  void put(bool notifies = true) {
    {
      const lock_guard lock(m);
      count = count + 1;
    }
    if (notifies) filled.notify_one();
  }
  void take() {
    unique_lock lock(m);
    filled.wait(lock, [&] { return count > 0; });
    count = count - 1;
  }
  void take_at_once() {  // without a loop
    unique_lock lock(m);
    if (count == 0) filled.wait(lock);
    require(count > 0, "woken, and nothing is there");
    count = count - 1;
  }
};

TEST(ConditionVariable, WakesWhoWaits) {
  for (const Mode mode : {Mode::exhaustive, Mode::random}) {
    Queue q;
    const Result result = check(
        {.mode = mode, .samples = 300, .check_duplicates = true, .finally = [&] { require(q.count == 0, "taken"); }},
        [&] { q.put(); }, [&] { q.take(); });
    EXPECT_EQ(result.verdict, mode == Mode::random ? Verdict::bounded : Verdict::held)
        << (result.violation ? explain(*result.violation) : "");
    EXPECT_EQ(result.counters.duplicates, 0U);
  }
}

TEST(ConditionVariable, EveryTakerIsWoken) {
  Queue q;
  const Result result = check(
      {.finally = [&] { require(q.count == 0, "taken"); }}, [&] { q.put(), q.put(); }, [&] { q.take(); }, [&] { q.take(); });
  EXPECT_EQ(result.verdict, Verdict::held) << (result.violation ? explain(*result.violation) : "");
}

TEST(ConditionVariable, AForgottenNotificationIsADeadlock) {
  Queue q;
  expect_fault(check({}, [&] { q.put(false); }, [&] { q.take(); }), Fault::deadlock);
}

TEST(ConditionVariable, ALostWakeupIsADeadlock) {
  Queue q;
  // Looks before it locks: the notification may come between.
  const auto looks_first = [&] {
    bool empty;
    {
      const lock_guard lock(q.m);
      empty = q.count == 0;
    }
    unique_lock lock(q.m);
    if (empty) q.filled.wait(lock);
  };
  expect_fault(check({.weak_failures = 0}, [&] { q.put(); }, looks_first), Fault::deadlock);
}

TEST(ConditionVariable, OneNotificationForTwoIsADeadlock) {
  Queue q;
  const auto both_at_once = [&] {
    const lock_guard lock(q.m);
    q.count = 2;
    q.filled.notify_one();
  };
  expect_fault(check({}, both_at_once, [&] { q.take(); }, [&] { q.take(); }), Fault::deadlock);
  const auto notifies_all = [&] {
    const lock_guard lock(q.m);
    q.count = 2;
    q.filled.notify_all();
  };
  EXPECT_EQ(check({}, notifies_all, [&] { q.take(); }, [&] { q.take(); }).verdict, Verdict::held);
}

TEST(ConditionVariable, MayWakeSpuriously) {
  Queue q;
  expect_fault(check({}, [&] { q.put(); }, [&] { q.take_at_once(); }), Fault::assertion, "nothing is there");
  EXPECT_EQ(check({.weak_failures = 0}, [&] { q.put(); }, [&] { q.take_at_once(); }).verdict, Verdict::held);
}

TEST(ConditionVariable, OneOfSeveralIsWokenWhicheverItIs) {
  mutex m;
  condition_variable c;
  var<int> waiting{0};
  atomic<int> woken{0};
  const auto waits = [&](int me) {
    return [&, me] {
      unique_lock lock(m);
      waiting = waiting + 1;
      c.wait(lock);
      woken.fetch_or(me, relaxed);
    };
  };
  std::vector<int> seen(4);
  const auto wakes = [&] {
    for (;;) {
      const LoopHead head = loop_head();
      {
        const lock_guard lock(m);
        assume(waiting == 2);
      }
      break;
      retry(head);
    }
    c.notify_one();
    const int who = woken.await([](int w) { return w != 0; }, relaxed);
    require(who != 1, "the first");
    c.notify_one();
  };
  expect_fault(check({.weak_failures = 0}, waits(1), waits(2), wakes), Fault::assertion, "the first");
  expect_fault(check({.weak_failures = 0}, waits(2), waits(1), wakes), Fault::assertion, "the first");
}

// The others.

TEST(CallOnce, RunsOnceAndIsSeenByAll) {
  once_flag flag;
  var<int> n{0, "n"};
  const Body calls = [&] {
    call_once(flag, [&] { n = n + 1; });
    require(n == 1, "it was run");
  };
  expect_held(check_all({calls, calls}), 2);
  EXPECT_EQ(check_all({calls, calls, calls}).verdict, Verdict::held);
}

TEST(CallOnce, IsCalledAgainAfterAnException) {
  once_flag flag;
  var<int> n{0};
  const auto calls = [&](bool throws) {
    return [&, throws] {
      try {
        call_once(flag, [&] {
          n = n + 1;
          if (throws) throw 1;
        });
      } catch (int) {
      }
    };
  };
  expect_held(check_all({calls(true), calls(false)}, [&] { require(n == 1 || n == 2, "once or twice"); }), 2);
}

TEST(Semaphore, CountsAndOrders) {
  counting_semaphore<2> free{1, "free"};
  var<int> n{0, "n"};
  const Body adds = [&] { free.acquire(), n = n + 1, free.release(); };
  expect_held(check_all({adds, adds}, [&] { require(n == 2, "both"); }), 2);
  expect_fault(check_all({[&] { free.acquire(), free.acquire(); }}), Fault::deadlock);
  expect_fault(check_all({[&] { free.release(), free.release(); }}), Fault::misuse, "beyond its maximum");
  binary_semaphore none{0};
  expect_held(check_all({[&] { require(!none.try_acquire(), "none"); }}), 1);
  counting_semaphore<2> two{2};
  expect_fault(check_all({[&] { two.acquire(), n = 1, two.release(); }, [&] { two.acquire(), n = 2, two.release(); }}),
               Fault::data_race);
}

TEST(Latch, OpensWhenAllHaveCome) {
  latch done{2, "done"};
  var<int> a{0, "a"}, b{0, "b"};
  expect_held(check_all({[&] { a = 1, done.count_down(); }, [&] { b = 1, done.arrive_and_wait(), require(a == 1, "a"); },
                         [&] { done.wait(), require(a == 1 && b == 1, "both"); }}),
              2);
  expect_fault(check_all({[&] { done.wait(); }, [&] { done.count_down(); }}), Fault::deadlock);
  expect_fault(check_all({[&] { done.count_down(3); }}), Fault::misuse, "below 0");
}

TEST(Barrier, SeparatesPhases) {
  var<int> n[2] = {};
  var<int> completions{0};
  barrier meet{2, [&] { completions = completions + 1; }, "meet"};
  const auto works = [&](int me) {
    return [&, me] {
      n[me] = 1;
      meet.arrive_and_wait();
      require(n[1 - me] == 1 && completions >= 1, "the first phase is over");
      meet.arrive_and_wait();
      n[1 - me] = 2;
    };
  };
  // Either may come last in each phase, and who waits first may see the other's next arrival, or only that the phase is over.
  expect_held(check_all({works(0), works(1)}, [&] { require(completions == 2, "two phases"); }), 8);
  barrier<> alone{1};
  expect_held(check_all({[&] { alone.arrive_and_drop(); }}), 1);
  expect_fault(check_all({[&] { alone.arrive_and_drop(), alone.arrive_and_wait(); }}), Fault::misuse, "than it expects");
}

TEST(Sync, PlacesAreThoseOfTheUser) {
  mutex m{"m"};
  condition_variable c{"c"};
  const unsigned first = __LINE__ + 2;
  const auto body = [&] {
    const lock_guard lock(m);
    c.notify_one();
    require(false, "always");
  };
  const std::string trace = explain(*check({}, body).violation);
  EXPECT_NE(trace.find("sync_test.cpp:" + std::to_string(first)), std::string::npos) << trace;
  EXPECT_EQ(trace.find("mutex.hpp"), std::string::npos) << trace;
  EXPECT_EQ(trace.find("condition_variable.hpp"), std::string::npos) << trace;
}

}  // namespace
}  // namespace checker
