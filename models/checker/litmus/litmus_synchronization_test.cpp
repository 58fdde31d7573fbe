// What synchronizes and what does not: message passing with orders, fences, release sequences and compare-exchanges, and data
// races. Outcomes are "flag, message"; "10" is the flag without the message.
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "litmus_test_support.hpp"

namespace checker::litmus {
namespace {

const Outcomes anything = all_bits(2);
const Outcomes synchronized = without(anything, {"10"});

TEST(MessagePassing, NeedsReleaseAndAcquire) {
  EXPECT_EQ(outcomes(message_passing(relaxed, relaxed), r1, r2), anything);
  EXPECT_EQ(outcomes(message_passing(release, relaxed), r1, r2), anything);
  EXPECT_EQ(outcomes(message_passing(relaxed, acquire), r1, r2), anything);
  EXPECT_EQ(outcomes(message_passing(release, acquire), r1, r2), synchronized);
  EXPECT_EQ(outcomes(message_passing(seq_cst, seq_cst), r1, r2), synchronized);
}

TEST(MessagePassing, ConsumeIsAcquire) { EXPECT_EQ(outcomes(message_passing(release, M::consume), r1, r2), synchronized); }

TEST(MessagePassing, AnOlderFlagBringsAnOlderMessage) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                     s.x.store(2, relaxed);
                     s.y.store(2, release);
                   },
                   [&] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), (Outcomes{"00", "01", "02", "11", "12", "22"}));
}

TEST(Fences, ReleaseFenceAndAcquireFenceSynchronize) {
  for (const M first : {release, acq_rel, seq_cst})
    for (const M second : {acquire, acq_rel, seq_cst})
      EXPECT_EQ(outcomes(message_passing_fenced(first, relaxed, relaxed, second), r1, r2), synchronized);
}

TEST(Fences, AFenceSynchronizesWithAnAccess) {
  EXPECT_EQ(outcomes(message_passing_fenced(release, relaxed, acquire, none), r1, r2), synchronized);
  EXPECT_EQ(outcomes(message_passing_fenced(none, release, relaxed, acquire), r1, r2), synchronized);
}

TEST(Fences, OneSideIsNotEnough) {
  EXPECT_EQ(outcomes(message_passing_fenced(release, relaxed, relaxed, none), r1, r2), anything);
  EXPECT_EQ(outcomes(message_passing_fenced(seq_cst, relaxed, relaxed, none), r1, r2), anything);
  EXPECT_EQ(outcomes(message_passing_fenced(none, relaxed, relaxed, acquire), r1, r2), anything);
  EXPECT_EQ(outcomes(message_passing_fenced(none, relaxed, relaxed, seq_cst), r1, r2), anything);
}

TEST(Fences, OfTheWrongKindDoNothing) {
  EXPECT_EQ(outcomes(message_passing_fenced(acquire, relaxed, relaxed, acquire), r1, r2), anything);
  EXPECT_EQ(outcomes(message_passing_fenced(release, relaxed, relaxed, release), r1, r2), anything);
}

TEST(Fences, BehindTheFlagsStoreOrBeforeItsLoadDoNothing) {
  const auto program = [](bool misplace_release) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] {
                       s.x.store(1, relaxed);
                       if (!misplace_release) checker::atomic_thread_fence(release);
                       s.y.store(1, relaxed);
                       if (misplace_release) checker::atomic_thread_fence(release);
                     },
                     [=, &s] {
                       if (!misplace_release) checker::atomic_thread_fence(acquire);
                       s.r1 = s.y.load(relaxed);
                       if (misplace_release) checker::atomic_thread_fence(acquire);
                       s.r2 = s.x.load(relaxed);
                     }};
    };
  };
  EXPECT_EQ(outcomes(program(true), r1, r2), anything);
  EXPECT_EQ(outcomes(program(false), r1, r2), anything);
}

TEST(Fences, AReleaseFenceServesAllLaterStores) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     checker::atomic_thread_fence(release);
                     s.y.store(1, relaxed);
                     s.y.store(2, relaxed);
                   },
                   [&] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), (Outcomes{"00", "01", "11", "21"}));
}

TEST(Fences, AReleaseFenceCoversOnlyWhatIsBeforeIt) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     checker::atomic_thread_fence(release);
                     s.x.store(1, relaxed);
                     s.y.store(1, relaxed);
                   },
                   [&] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), anything);
}

TEST(Fences, AnAcquireFenceServesAllEarlierReads) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                   },
                   [&] {
                     s.r1 = s.y.load(relaxed);
                     s.r3 = s.z.load(relaxed);
                     checker::atomic_thread_fence(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), synchronized);
}

TEST(Fences, SynchronizeThroughAReadModifyWrite) {
  EXPECT_EQ(outcomes(release_sequence_fenced(2), r1, r2), (Outcomes{"00", "01", "11", "20", "21", "31"}));
}

// Adding 2: 3 is the flag after its release store and the other thread's addition, 2 the addition alone.
TEST(ReleaseSequence, GoesThroughAnotherThreadsReadModifyWrite) {
  EXPECT_EQ(outcomes(release_sequence(2), r1, r2), (Outcomes{"00", "01", "11", "20", "21", "31"}));
}

TEST(ReleaseSequence, GoesThroughAChainOfReadModifyWrites) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                   },
                   [&] { compare_exchange(s.y, 1, 2); }, [&] { compare_exchange(s.y, 2, 3); },
                   [&] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), (Outcomes{"00", "01", "11", "21", "31"}));
}

TEST(ReleaseSequence, GoesThroughTheSameThreadsReadModifyWrite) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                     s.y.fetch_add(1, relaxed);
                   },
                   [&] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), (Outcomes{"00", "01", "11", "21"}));
}

TEST(ReleaseSequence, IsBrokenByALaterRelaxedStoreOfTheSameThread) {
  EXPECT_EQ(outcomes(broken_release_sequence, r1, r2), (Outcomes{"00", "01", "11", "20", "21"}));
}

// y: 1 released by thread 0; thread 1 reads it and writes `next` to y, as a store or as a read-modify-write.
Program handed_on(bool by_store) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                   },
                   [=, &s] {
                     if (by_store) {
                       if (s.y.load(relaxed) == 1) s.y.store(2, relaxed);
                     } else {
                       compare_exchange(s.y, 1, 2);
                     }
                   },
                   [=, &s] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
}

TEST(ReleaseSequence, IsBrokenByAnotherThreadsStore) {
  EXPECT_EQ(outcomes(handed_on(false), r1, r2), (Outcomes{"00", "01", "11", "21"}));
  EXPECT_EQ(outcomes(handed_on(true), r1, r2), (Outcomes{"00", "01", "11", "20", "21"}));
}

TEST(ReleaseSequence, BringsNothingOfTheThreadsThatGoOnWithIt) {
  const auto program = [](M order) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] { s.y.store(1, release); },
                     [=, &s] {
                       s.x.store(1, relaxed);
                       compare_exchange(s.y, 1, 2, order);
                     },
                     [=, &s] {
                       s.r1 = s.y.load(acquire);
                       s.r2 = s.x.load(relaxed);
                     }};
    };
  };
  EXPECT_EQ(outcomes(program(relaxed), r1, r2), (Outcomes{"00", "01", "10", "11", "20", "21"}));
  EXPECT_EQ(outcomes(program(release), r1, r2), (Outcomes{"00", "01", "10", "11", "21"}));
}

TEST(CompareExchange, ThatFailsHasTheFailureOrder) {
  EXPECT_EQ(outcomes(flag_by_compare_exchange(5, acq_rel, relaxed), r1, r2), anything);
  EXPECT_EQ(outcomes(flag_by_compare_exchange(5, acq_rel, acquire), r1, r2), synchronized);
  EXPECT_EQ(outcomes(flag_by_compare_exchange(5, relaxed, acquire), r1, r2), synchronized);
}

TEST(CompareExchange, ThatSucceedsHasTheSuccessOrder) {
  EXPECT_EQ(outcomes(flag_by_compare_exchange(1, relaxed, acquire), r1, r2), anything);
  EXPECT_EQ(outcomes(flag_by_compare_exchange(1, acquire, relaxed), r1, r2), synchronized);
}

TEST(CompareExchange, WithOneOrderHasTheFailureOrderThatFollows) {
  const auto program = [](M order) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] {
                       s.x.store(1, relaxed);
                       s.y.store(1, release);
                     },
                     [=, &s] {
                       int expected = 5;
                       s.y.compare_exchange_strong(expected, 6, order);
                       s.r1 = expected;
                       s.r2 = s.x.load(relaxed);
                     }};
    };
  };
  for (const M order : {relaxed, release}) EXPECT_EQ(outcomes(program(order), r1, r2), anything);
  for (const M order : {acquire, acq_rel, seq_cst}) EXPECT_EQ(outcomes(program(order), r1, r2), synchronized);
}

TEST(CompareExchange, SeqCstFailuresAreOrderedLikeLoads) {
  const auto program = [](M failure) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] {
                       s.x.store(1, seq_cst);
                       s.r1 = compare_exchange(s.y, 5, 6, seq_cst, failure);
                     },
                     [=, &s] {
                       s.y.store(1, seq_cst);
                       s.r2 = compare_exchange(s.x, 5, 6, seq_cst, failure);
                     }};
    };
  };
  EXPECT_EQ(outcomes(program(seq_cst), r1, r2), without(anything, {"00"}));
  EXPECT_EQ(outcomes(program(acquire), r1, r2), anything);
}

Options spurious_failures(unsigned count) {
  Options options;
  options.weak_failures = count;
  return options;
}

// r1 says whether it failed.
Threads try_once_weakly(Shared& s) {
  return {[&] {
    int expected = 0;
    s.r1 = !s.x.compare_exchange_weak(expected, 1, relaxed, relaxed);
    s.r2 = expected;
  }};
}

TEST(WeakCompareExchange, MayFailAtAnEqualValueAsOftenAsAllowed) {
  const Program two = [](Shared& s) {
    return Threads{[&] {
                     int expected = 0;
                     s.r1 = s.x.compare_exchange_weak(expected, 1, relaxed, relaxed);
                   },
                   [&] {
                     int expected = 0;
                     s.r2 = s.x.compare_exchange_weak(expected, 1, relaxed, relaxed);
                   }};
  };
  EXPECT_EQ(outcomes_with(spurious_failures(0), try_once_weakly, r1, r2), (Outcomes{"00"}));
  EXPECT_EQ(outcomes_with(spurious_failures(1), try_once_weakly, r1, r2), (Outcomes{"00", "10"}));
  EXPECT_EQ(outcomes_with(spurious_failures(0), two, r1, r2), (Outcomes{"01", "10"}));
  EXPECT_EQ(outcomes_with(spurious_failures(1), two, r1, r2), (Outcomes{"01", "10"}));
  EXPECT_EQ(outcomes_with(spurious_failures(2), two, r1, r2), (Outcomes{"00", "01", "10"}));
}

// r1 says whether it failed, r2 what it read. Spurious failures are those with 1, wherever 1 lies in the order of the stores.
TEST(WeakCompareExchange, FailsSpuriouslyAtAWriteInAnyPlace) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     int expected = 1;
                     s.r1 = !s.x.compare_exchange_weak(expected, 2, relaxed, relaxed);
                     s.r2 = expected;
                   },
                   [&] { s.x.store(1, relaxed); }, [&] { s.x.store(3, relaxed); }};
  };
  const Outcomes strong = {"012", "013", "101", "103", "131", "133"};
  Outcomes weak = strong;
  weak.insert({"111", "113"});
  EXPECT_EQ(outcomes_with(spurious_failures(0), program, r1, r2, &Shared::x), strong);
  EXPECT_EQ(outcomes_with(spurious_failures(1), program, r1, r2, &Shared::x), weak);
}

TEST(WeakCompareExchange, FailsSpuriouslyInCountedWays) {
  atomic<int> x;
  const std::function<void()> try_once = [&] {
    int expected = 0;
    x.compare_exchange_weak(expected, 1, relaxed, relaxed);
  };
  // One succeeds: 2. One of them fails spuriously, the other succeeds: 2 more. Both fail spuriously: 1 more.
  for (const auto& [failures, executions] : {std::pair{0U, 2U}, {1U, 4U}, {2U, 5U}, {3U, 5U}})
    EXPECT_EQ(check(spurious_failures(failures), try_once, try_once).counters.complete, executions) << failures << " failures";
}

TEST(WeakCompareExchange, IsTriedAgainAsOftenAsItFails) {
  atomic<int> x;
  for (const unsigned failures : {0U, 1U, 2U}) {
    Options options = spurious_failures(failures);
    options.prune_retries = false;
    const Result result = check(options, [&] {
      int expected = 0;
      while (!x.compare_exchange_weak(expected, 1, relaxed, relaxed)) require(expected == 0, "the value is unchanged");
    });
    EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
    EXPECT_EQ(result.counters.complete, failures + 1);
  }
}

TEST(WeakCompareExchange, StrongOnesNeverFailSpuriously) {
  const Program program = [](Shared& s) { return Threads{[&] { s.r1 = compare_exchange(s.x, 0, 1); }}; };
  EXPECT_EQ(outcomes_with(spurious_failures(2), program, r1, &Shared::x), (Outcomes{"01"}));
}

TEST(WeakCompareExchange, ASpuriousFailureHasTheFailureOrder) {
  const auto program = [](M success, M failure) -> Program {
    return [=](Shared& s) {
      return Threads{[=, &s] {
                       s.x.store(1, relaxed);
                       s.y.store(1, release);
                     },
                     [=, &s] {
                       int expected = 1;
                       s.y.compare_exchange_weak(expected, 2, success, failure);
                       s.r1 = expected;
                       s.r2 = s.x.load(relaxed);
                     }};
    };
  };
  EXPECT_EQ(outcomes_with(spurious_failures(0), program(acquire, relaxed), r1, r2), synchronized);
  EXPECT_EQ(outcomes_with(spurious_failures(1), program(acquire, relaxed), r1, r2), anything);
  EXPECT_EQ(outcomes_with(spurious_failures(1), program(acquire, acquire), r1, r2), synchronized);
}

}  // namespace
}  // namespace checker::litmus
