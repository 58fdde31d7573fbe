// Data races on checker::var: found in every order of the threads, and found only where there are some.
#include <gtest/gtest.h>

#include <string>

#include "litmus_test_support.hpp"

namespace checker::litmus {
namespace {

void expect_race(const Program& program) {
  Shared shared;
  for_each_order(program(shared), [](Threads threads) {
    const Result result = check({}, std::move(threads));
    ASSERT_EQ(result.verdict, Verdict::violation);
    EXPECT_EQ(result.violation->fault, Fault::data_race);
    EXPECT_EQ(result.violation->message.substr(0, 6), "data: ");
    EXPECT_NE(result.violation->message.find("neither happens-before the other"), std::string::npos);
  });
}

void expect_no_race(const Program& program) {
  Shared shared;
  for_each_order(program(shared), [](Threads threads) {
    const Result result = check({}, std::move(threads));
    EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
  });
}

TEST(DataRace, MessagePassingRacesUnlessItSynchronizes) {
  expect_race(message_passing_plain(relaxed, relaxed));
  expect_race(message_passing_plain(release, relaxed));
  expect_race(message_passing_plain(relaxed, acquire));
  expect_no_race(message_passing_plain(release, acquire));
  expect_no_race(message_passing_plain(seq_cst, seq_cst));
}

TEST(DataRace, SynchronizedDataHaveTheValueWritten) {
  EXPECT_EQ(outcomes(message_passing_plain(release, acquire), &Shared::r1, &Shared::r2), (Outcomes{"00", "11"}));
}

TEST(DataRace, OfTwoWrites) {
  expect_race([](Shared& s) { return Threads{[&] { s.data = 1; }, [&] { s.data = 2; }}; });
}

TEST(DataRace, OfAWriteAndARead) {
  expect_race([](Shared& s) { return Threads{[&] { s.data = 1; }, [&] { s.data.get(); }}; });
}

TEST(DataRace, OfAnExchangeAndARead) {
  expect_race([](Shared& s) { return Threads{[&] { s.data.exchange(1); }, [&] { s.data.get(); }}; });
}

TEST(DataRace, SaysWhereAndWithWhom) {
  var<int> data(0, "cargo");
  const Location begin = Location::current();
  const Result result = check({}, [&] { data.set(1); }, [&] { data.get(); });
  ASSERT_EQ(result.verdict, Verdict::violation);
  EXPECT_EQ(result.violation->message, "cargo: read here and written by thread 0, and neither happens-before the other");
  EXPECT_EQ(result.violation->thread, 1);
  EXPECT_STREQ(result.violation->where.file_name(), begin.file_name());
  EXPECT_EQ(result.violation->where.line(), begin.line() + 1);
}

TEST(DataRace, NotOfTwoReads) {
  expect_no_race([](Shared& s) { return Threads{[&] { s.data.get(); }, [&] { s.data.get(); }}; });
}

TEST(DataRace, NotOfOneThread) {
  expect_no_race([](Shared& s) {
    return Threads{[&] {
      s.data = 1;
      require(s.data.exchange(2) == 1, "exchange returns the old value");
      require(s.data == 2, "a read returns the new one");
    }};
  });
}

TEST(DataRace, NotOfDifferentObjects) {
  expect_no_race([](Shared& s) { return Threads{[&] { s.data = 1; }, [&] { s.r1 = 1; }}; });
}

// A lock: at most one thread sees 0 turn into 1.
TEST(DataRace, MutualExclusionNeedsItsOrders) {
  const auto program = [](M success, M unlock) -> Program {
    return [=](Shared& s) {
      return replicate(2, [=, &s](int) {
        if (compare_exchange(s.x, 0, 1, success, relaxed) != 0) return;
        s.data = s.data + 1;
        s.x.store(0, unlock);
      });
    };
  };
  expect_no_race(program(acquire, release));
  expect_race(program(relaxed, release));
  expect_race(program(acquire, relaxed));
}

// Two threads write, and the third has waited for one of them or for both.
TEST(DataRace, WithTheWriterThatWasNotWaitedFor) {
  const auto program = [](bool wait_for_both) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] {
                       s.r1 = 1;
                       s.x.store(1, release);
                     },
                     [=, &s] {
                       s.data = 1;
                       s.y.store(1, release);
                     },
                     [=, &s] {
                       if (s.x.load(acquire) == 0) return;
                       if (wait_for_both && s.y.load(acquire) == 0) return;
                       s.data = s.r1 + 1;
                     }};
    };
  };
  expect_race(program(false));
  expect_no_race(program(true));
}

TEST(DataRace, ThroughAReleaseSequence) {
  const auto program = [](bool broken) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] {
                       s.data = 1;
                       s.y.store(1, release);
                       if (broken) s.y.store(2, relaxed);
                     },
                     [=, &s] { s.y.fetch_add(2, relaxed); },
                     [=, &s] {
                       if ((s.y.load(acquire) & (broken ? 3 : 1)) == (broken ? 2 : 1)) s.data = 2;
                     }};
    };
  };
  expect_no_race(program(false));
  expect_race(program(true));
}

TEST(DataRace, ThroughFences) {
  const auto program = [](M first, M second) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] {
                       s.data = 1;
                       checker::atomic_thread_fence(first);
                       s.y.store(1, relaxed);
                     },
                     [=, &s] {
                       if (s.y.load(relaxed) == 0) return;
                       checker::atomic_thread_fence(second);
                       s.data = 2;
                     }};
    };
  };
  expect_no_race(program(release, acquire));
  expect_race(program(acquire, acquire));
  expect_race(program(release, release));
}

TEST(DataRace, FinallyReadsWithoutRacing) {
  var<int> data;
  Options options;
  options.finally = [&] { require(data == 1, "the last value"); };
  EXPECT_EQ(check(options, [&] { data = 1; }).verdict, Verdict::held);
}

}  // namespace
}  // namespace checker::litmus
