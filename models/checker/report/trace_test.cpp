// Golden texts of traces.
#include "trace.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <regex>
#include <string>
#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/explore/explorer.hpp"
#include "models/checker/front/checker_test_support.hpp"

namespace checker {
namespace {

// Source locations as "here".
std::string without_locations(const std::string& text) {
  const std::string here = std::regex_replace(text, std::regex(R"(\S*trace_test\.cpp:\d+)"), "here");
  return std::regex_replace(here, std::regex("here {2,}"), "here  ");
}

using Wanted = std::function<bool(const Graph&)>;

// The traces of the complete executions that are wanted.
template <class... Threads>
std::vector<std::string> traces(const Wanted& wanted, Threads... threads) {
  std::vector<std::string> texts;
  Program& program = Objects::of_this_process().program();
  program.judge = [&](const Graph& g) {
    if (wanted(g)) texts.push_back(without_locations(render(program, g)));
    return std::string();
  };
  const Result result = check({}, threads...);
  program.judge = nullptr;
  EXPECT_EQ(result.verdict, Verdict::held);
  return texts;
}

template <class... Threads>
std::string the_trace(const Wanted& wanted, Threads... threads) {
  const auto texts = traces(wanted, threads...);
  EXPECT_EQ(texts.size(), 1U);
  return texts.empty() ? "" : "\n" + texts.front();
}

template <class... Threads>
std::string trace_of_violation(const Options& options, Threads... threads) {
  const Result result = check(options, threads...);
  EXPECT_TRUE(result.violation.has_value());
  if (!result.violation) return "";
  return "\n" + without_locations(render(Objects::of_this_process().program(), result.violation->graph, &*result.violation));
}

const Event& event(const Graph& g, int thread, int index) { return g[g.at(thread, index)]; }
std::uint64_t value(const Graph& g, int thread, int index) { return event(g, thread, index).value; }

TEST(Trace, MessagePassing) {
  atomic<int> data(0, "data"), flag(0, "flag");
  const auto writer = [&] {
    data.store(5, relaxed);
    flag.store(1, release);
  };
  const auto reader = [&](std::memory_order order) {
    return [&, order] {
      flag.load(order);
      data.load(relaxed);
    };
  };
  const auto stale = [](const Graph& g) { return value(g, 1, 0) == 1 && value(g, 1, 1) == 0; };
  EXPECT_EQ(the_trace(stale, writer, reader(relaxed)), R"(
thread 0
  0.0  store  data  write 5            relaxed  here
  0.1  store  flag  write 1            release  here
thread 1
  1.0  load   flag  read 1   from 0.1  relaxed  here  the newest store; relaxed: does not synchronize with 0.1, a release
  1.1  load   data  read 0   initial   relaxed  here  not the newest: 0.0 is newer, but not known here
no interleaving explains this execution: it needs weak memory
)");
  EXPECT_EQ(traces(stale, writer, reader(acquire)).size(), 0U);
  const auto fresh = [](const Graph& g) { return value(g, 1, 0) == 1; };
  EXPECT_EQ(the_trace(fresh, writer, reader(acquire)), R"(
thread 0
  0.0  store  data  write 5            relaxed  here
  0.1  store  flag  write 1            release  here
thread 1
  1.0  load   flag  read 1   from 0.1  acquire  here  the newest store; synchronizes-with 0.1
  1.1  load   data  read 5   from 0.0  relaxed  here  the newest store; the oldest it may read: known through 1.0
one interleaving: 0.0 0.1 1.0 1.1
)");
}

TEST(Trace, AcquireLoadOfARelaxedStore) {
  atomic<int> flag(0, "flag");
  EXPECT_EQ(the_trace([](const Graph& g) { return value(g, 1, 0) == 1; }, [&] { flag.store(1, relaxed); },
                      [&] { flag.load(acquire); }),
            R"(
thread 0
  0.0  store  flag  write 1            relaxed  here
thread 1
  1.0  load   flag  read 1   from 0.0  acquire  here  the newest store; 0.0 is relaxed: no synchronization
one interleaving: 0.0 1.0
)");
}

TEST(Trace, Fences) {
  atomic<int> flag(0, "flag");
  const auto reads_one = [](const Graph& g) { return value(g, 1, 0) == 1; };
  const auto writer = [&] {
    checker::atomic_thread_fence(release);
    flag.store(1, relaxed);
  };
  const auto reader_with_fence = [&] {
    flag.load(relaxed);
    checker::atomic_thread_fence(acquire);
  };
  EXPECT_EQ(the_trace(reads_one, writer, reader_with_fence), R"(
thread 0
  0.0  fence                           release  here
  0.1  store  flag  write 1            relaxed  here
thread 1
  1.0  load   flag  read 1   from 0.1  relaxed  here  the newest store; synchronizes-with the fence 0.0 at the fence 1.1
  1.1  fence                           acquire  here  synchronizes-with the fence 0.0
one interleaving: 0.0 0.1 1.0 1.1
)");
  EXPECT_EQ(the_trace(reads_one, writer, [&] { flag.load(relaxed); }), R"(
thread 0
  0.0  fence                           release  here
  0.1  store  flag  write 1            relaxed  here
thread 1
  1.0  load   flag  read 1   from 0.1  relaxed  here  the newest store; relaxed: does not synchronize with the fence 0.0
one interleaving: 0.0 0.1 1.0
)");
}

TEST(Trace, ReleaseSequence) {
  atomic<int> flag(0, "flag");
  EXPECT_EQ(the_trace([](const Graph& g) { return value(g, 1, 0) == 1 && value(g, 2, 0) == 2; },
                      [&] { flag.store(1, release); }, [&] { flag.fetch_add(1, relaxed); }, [&] { flag.load(acquire); }),
            R"(
thread 0
  0.0  store      flag  write 1            release  here
thread 1
  1.0  fetch_add  flag  1 => 2   from 0.0  relaxed  here  the newest store; relaxed: does not synchronize with 0.0, a release
thread 2
  2.0  load       flag  read 2   from 1.0  acquire  here  the newest store; synchronizes-with 0.0
coherence
  flag: initial (0), 0.0 (1), 1.0 (2)
one interleaving: 0.0 1.0 2.0
)");
}

TEST(Trace, ReleaseThatAnotherOneCoversIsLeftOut) {
  atomic<int> flag(0, "flag");
  EXPECT_EQ(the_trace([](const Graph& g) { return value(g, 2, 0) == 3; }, [&] { flag.store(1, release); },
                      [&] { flag.fetch_add(2, std::memory_order_acq_rel); }, [&] { flag.load(acquire); }),
            R"(
thread 0
  0.0  store      flag  write 1            release  here
thread 1
  1.0  fetch_add  flag  1 => 3   from 0.0  acq_rel  here  the newest store; synchronizes-with 0.0
thread 2
  2.0  load       flag  read 3   from 1.0  acquire  here  the newest store; synchronizes-with 1.0
coherence
  flag: initial (0), 0.0 (1), 1.0 (3)
one interleaving: 0.0 1.0 2.0
)");
}

TEST(Trace, FailedCompareExchangeHasItsFailureOrder) {
  atomic<int> x(0, "x");
  EXPECT_EQ(the_trace([](const Graph& g) { return value(g, 1, 0) == 1; }, [&] { x.store(1, release); },
                      [&] {
                        int expected = 0;
                        x.compare_exchange_strong(expected, 2, acquire, relaxed);
                      }),
            R"(
thread 0
  0.0  store  x  write 1                      release  here
thread 1
  1.0  CAS    x  found 1, wanted 0  from 0.0  relaxed  here  the newest store; relaxed: does not synchronize with 0.0, a release
one interleaving: 0.0 1.0
)");
}

TEST(Trace, DataRace) {
  atomic<int> flag(0, "flag");
  var<int> payload(0, "payload");
  EXPECT_EQ(trace_of_violation(
                {},
                [&] {
                  payload.set(7);
                  flag.store(1, release);
                },
                [&] {
                  if (flag.load(relaxed) == 1) payload.get();
                }),
            R"(
thread 0
       writes  payload  7                  plain    here  races with thread 1's read at here
  0.0  store   flag     write 1            release  here
thread 1 (did not end)
  1.0  load    flag     read 1   from 0.0  relaxed  here  the newest store; relaxed: does not synchronize with 0.0, a release
       reads   payload                     plain    here  races with thread 0's write at here
violation: data race: payload: read here and written by thread 0, and neither happens-before the other (thread 1, here)
one interleaving: 0.0 1.0
)");
}

TEST(Trace, FailedCompareExchange) {
  atomic<int> x(3, "x");
  EXPECT_EQ(the_trace([](const Graph&) { return true; },
                      [&] {
                        int expected = 1;
                        x.compare_exchange_strong(expected, 2, std::memory_order_acq_rel, relaxed);
                        x.compare_exchange_strong(expected, 2);
                      }),
            R"(
thread 0
  0.0  CAS  x  found 3, wanted 1  initial  relaxed  here  the newest store but for 0.1, which happens-after this
  0.1  CAS  x  3 => 2             initial  seq_cst  here  the newest store
one interleaving: 0.0 0.1
)");
}

TEST(Trace, WeakFailure) {
  atomic<int> x(3, "x");
  EXPECT_EQ(the_trace([](const Graph& g) { return event(g, 0, 0).spurious; },
                      [&] {
                        int expected = 3;
                        x.compare_exchange_weak(expected, 4);
                      }),
            R"(
thread 0
  0.0  weak CAS  x  fails spuriously at 3  initial  seq_cst  here  the newest store
one interleaving: 0.0
)");
}

TEST(Trace, StoreThatIsNotTheLast) {
  atomic<int> top(0, "top");
  EXPECT_EQ(the_trace([](const Graph& g) { return event(g, 0, 0).place == 1 && value(g, 0, 1) == 2; },
                      [&] {
                        top.store(1, relaxed);
                        top.load(relaxed);
                      },
                      [&] {
                        top.store(2, relaxed);
                        top.store(3, relaxed);
                      }),
            R"(
thread 0
  0.0  store  top  write 1            relaxed  here  before 1.0 in the coherence order of top
  0.1  load   top  read 2   from 1.0  relaxed  here  not the newest: 1.1 is newer, but not known here
thread 1
  1.0  store  top  write 2            relaxed  here
  1.1  store  top  write 3            relaxed  here
coherence
  top: initial (0), 0.0 (1), 1.0 (2), 1.1 (3)
one interleaving: 0.0 1.0 0.1 1.1
)");
}

TEST(Trace, StoreBufferingNeedsWeakMemory) {
  atomic<int> x(0, "x"), y(0, "y");
  const auto left = [&] {
    x.store(1, release);
    y.load(acquire);
  };
  const auto right = [&] {
    y.store(1, release);
    x.load(acquire);
  };
  const auto both_zero = [](const Graph& g) { return value(g, 0, 1) + value(g, 1, 1) == 0; };
  EXPECT_EQ(the_trace(both_zero, left, right), R"(
thread 0
  0.0  store  x  write 1           release  here
  0.1  load   y  read 0   initial  acquire  here  not the newest: 1.0 is newer, but not known here
thread 1
  1.0  store  y  write 1           release  here
  1.1  load   x  read 0   initial  acquire  here  not the newest: 0.0 is newer, but not known here
no interleaving explains this execution: it needs weak memory
)");
  for (const std::string& text : traces([&](const Graph& g) { return !both_zero(g); }, left, right))
    EXPECT_NE(text.find("one interleaving: "), std::string::npos) << text;
}

TEST(Trace, BlockedThreads) {
  atomic<int> x(0, "x");
  EXPECT_EQ(trace_of_violation({},
                               [&] {
                                 const LoopHead head = checker::loop_head();
                                 while (x.load() == 0) checker::retry(head);
                               }),
            R"(
thread 0
  0.0  load  x  read 0  initial  seq_cst  here  the newest store
  0.1  blocked: retry of a loop that wrote nothing  here
violation: livelock: a retry loop goes round for ever on the newest values, and nobody is left to change them (thread 0, here)
one interleaving: 0.0 0.1
)");
  EXPECT_EQ(trace_of_violation({}, [&] { x.await([](int v) { return v == 1; }); }), R"(
thread 0
  0.0  load  x  read 0  initial  seq_cst  here  the newest store
  0.1  blocked: waits for another value  here
violation: deadlock: what a thread waits for has not come, and nobody is left to bring it (thread 0, here)
one interleaving: 0.0 0.1
)");
}

TEST(Trace, LabelsAndValuesOfTheClient) {
  Program program;
  program.cells = {{.initial = 0, .name = "head", .written = false}};
  program.data = {{.initial = 0, .name = "[48, 64)"}};
  program.labels = {"", "take", "claim"};
  program.show_value = [](Cell, std::uint64_t v) { return "-> " + std::to_string(v); };
  program.show_datum = [](Cell, std::uint64_t v) { return v == 0 ? "nobody's" : "thread " + std::to_string(v - 1) + "'s"; };
  program.threads = {[] {
    Execution& e = *Execution::current();
    e.plain_exchange(0, 1, 2, {});
    e.choose(3, {});
    e.write(0, {.order = Order::release, .operand = 80});
    e.read(0, {.operation = Operation::exchange, .label = 1, .operand = 96});
    e.require(false, "MODEL-1: never", {});
  }};
  const Result result = Explorer(program, {}).run().result;
  ASSERT_TRUE(result.violation.has_value());
  EXPECT_EQ("\n" + render(program, result.violation->graph, &*result.violation), R"(
thread 0 (did not end)
       claim   [48, 64)  nobody's => thread 0's            plain
  0.0  choose            0 of 0..2
  0.1  store   head      write -> 80                       release
  0.2  take    head      -> 80 => -> 96          from 0.1  seq_cst  the newest store; the oldest it may read: known through 0.1
coherence
  head: initial, 0.1 (-> 80), 0.2 (-> 96)
violation: assertion: MODEL-1: never (thread 0)
one interleaving: 0.0 0.1 0.2
)");
}

TEST(Trace, RaceMarksTheFirstAccessThatIsUnordered) {
  var<int> payload(0, "payload"), other(0, "other");
  EXPECT_EQ(trace_of_violation(
                {},
                [&] {
                  payload.get();
                  payload.get();
                  payload.set(1);
                  payload.exchange(2);
                },
                [&] {
                  other.set(5);
                  payload.set(3);
                }),
            R"(
thread 0
  reads   payload  0       plain  here  races with thread 1's write at here
  reads   payload  0       plain  here
  writes  payload  1       plain  here
  writes  payload  1 => 2  plain  here
thread 1 (did not end)
  writes  other    5       plain  here
  writes  payload          plain  here  races with thread 0's read at here
violation: data race: payload: written here and read by thread 0, and neither happens-before the other (thread 1, here)
)");
}

TEST(Trace, RaceDoesNotMarkWhatIsOrdered) {
  atomic<int> flag(0, "flag");
  var<int> payload(0, "payload");
  EXPECT_EQ(trace_of_violation(
                {},
                [&] {
                  payload.set(1);
                  flag.store(1, release);
                  payload.get();
                  payload.set(2);
                },
                [&] {
                  if (flag.load(acquire) == 1) payload.get();
                }),
            R"(
thread 0
       writes  payload  1                  plain    here
  0.0  store   flag     write 1            release  here
       reads   payload  1                  plain    here
       writes  payload  2                  plain    here  races with thread 1's read at here
thread 1 (did not end)
  1.0  load    flag     read 1   from 0.0  acquire  here  the newest store; synchronizes-with 0.0
       reads   payload                     plain    here  races with thread 0's write at here
violation: data race: payload: read here and written by thread 0, and neither happens-before the other (thread 1, here)
one interleaving: 0.0 1.0
)");
}

TEST(Trace, ReadOfWhatWasNeverWritten) {
  Program program;
  program.cells = {{.initial = 0, .name = "word", .written = false}};
  program.threads = {[] { Execution::current()->read(0, {.operation = Operation::add, .operand = 1}); }};
  const Result result = Explorer(program, {}).run().result;
  ASSERT_TRUE(result.violation.has_value());
  EXPECT_EQ("\n" + render(program, result.violation->graph, &*result.violation), R"(
thread 0 (did not end)
  0.0  fetch_add  word  was never written  initial  seq_cst  the newest store
violation: read of what was never written: word is read, and nothing has been written to it (thread 0)
one interleaving: 0.0
)");
}

TEST(Trace, ViolationInFinally) {
  atomic<int> x(0, "x");
  Options options;
  options.finally = [&] { checker::require(x.load() == 2, "x is 2"); };
  EXPECT_EQ(trace_of_violation(options, [&] { x.store(1 << 20); }), R"(
thread 0
  0.0  store  x  write 0x100000  seq_cst  here
violation: assertion: x is 2 (finally, here)
one interleaving: 0.0
)");
}

TEST(Trace, SynchronizationWithSeveralReleases) {
  atomic<int> x(0, "x");
  EXPECT_EQ(the_trace([](const Graph& g) { return value(g, 2, 0) == 3 && value(g, 1, 1) == 1; }, [&] { x.store(1, release); },
                      [&] {
                        checker::atomic_thread_fence(release);
                        x.fetch_add(2, relaxed);
                      },
                      [&] {
                        x.load(acquire);
                        x.load(acquire);
                      }),
            R"(
thread 0
  0.0  store      x  write 1            release  here
thread 1
  1.0  fence                            release  here
  1.1  fetch_add  x  1 => 3   from 0.0  relaxed  here  the newest store; relaxed: does not synchronize with 0.0, a release
thread 2
  2.0  load       x  read 3   from 1.1  acquire  here  the newest store; synchronizes-with the fence 1.0 and 0.0
  2.1  load       x  read 3   from 1.1  acquire  here  the newest store; the oldest it may read: known through 2.0
coherence
  x: initial (0), 0.0 (1), 1.1 (3)
one interleaving: 0.0 1.0 1.1 2.0 2.1
)");
}

TEST(Trace, NewerStoresAreListedUpToALimit) {
  atomic<int> x(0, "x");
  const auto stores = [&](int count) {
    return [&x, count] {
      for (int i = 1; i <= count; ++i) x.store(i, relaxed);
    };
  };
  const auto stale = [](const Graph& g) { return event(g, 1, 0).source == initial; };
  const auto load = [&] { x.load(relaxed); };
  const auto explains = [](const std::string& text, const std::string& reason) {
    EXPECT_NE(text.find("not the newest: " + reason + " newer, but not known here"), std::string::npos) << text;
  };
  explains(the_trace(stale, stores(2), load), "0.0 and 0.1 are");
  explains(the_trace(stale, stores(6), load), "0.0, 0.1, 0.2, 0.3, 0.4 and 0.5 are");
  explains(the_trace(stale, stores(7), load), "0.0, 0.1, 0.2, 0.3, 0.4 and 2 more are");
}

TEST(Trace, SourceLocations) {
  atomic<int> x(0, "x");
  std::string text;
  Program& program = Objects::of_this_process().program();
  program.judge = [&](const Graph& g) { return text = render(program, g), std::string(); };
  check({}, [&] { x.store(1); });
  const int line = __LINE__ - 1;
  program.judge = nullptr;
  EXPECT_NE(text.find("models/checker/report/trace_test.cpp:" + std::to_string(line) + "\n"), std::string::npos) << text;
}

TEST(Trace, LongInterleavingsHaveNumberedLines) {
  atomic<int> x(0, "x");
  const std::string text = the_trace([](const Graph&) { return true; },
                                     [&] {
                                       for (int i = 0; i < 21; ++i) x.load(relaxed);
                                     });
  EXPECT_NE(text.find("one interleaving:\n     1  0.0 0.1 "), std::string::npos) << text;
  EXPECT_NE(text.find(" 0.19\n    21  0.20\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace checker
