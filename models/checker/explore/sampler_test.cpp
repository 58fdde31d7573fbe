// The sampler: samples are executions that the explorer finds too, weak ones among them, and on small programs all of them.
#include "sampler.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/front/checker_test_support.hpp"
#include "models/checker/graph/canonical.hpp"
#include "models/checker/litmus/reference_program.hpp"
#include "models/checker/reference/random_program.hpp"

namespace checker {
namespace {

Options random_mode(std::uint64_t samples) {
  Options options;
  options.mode = Mode::random;
  options.samples = samples;
  return options;
}

// What complete executions of a check look like.
class Keys {
 public:
  Keys() {
    program().judge = [this](const Graph& g) { return keys.insert(canonical_key(g)), std::string(); };
  }
  ~Keys() { program().judge = nullptr; }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  std::set<std::string> keys;

 private:
  static Program& program() { return Objects::of_this_process().program(); }
};

struct Outcome {
  Result result;
  std::set<std::string> keys;
};

Outcome check_with(Options options, ReferenceProgram& program) {
  options.weak_failures = program.weak_failures();
  const Keys collected;
  const Result result = check(options, program.threads());
  return {result, collected.keys};
}

TEST(Sampler, SeesEveryExecutionOfLitmusProgramsAndNoOther) {
  const std::vector<std::string> texts = {
      "W x 1 rlx; R y rlx | W y 1 rlx; R x rlx",                              // store buffering
      "W x 1 sc; R y sc | W y 1 sc; R x sc",                                  //
      "W x 1 rlx; F sc; R y rlx | W y 1 rlx; F sc; R x rlx",                  //
      "W x 1 rlx; W y 1 rlx | R y rlx; R x rlx",                              // message passing
      "W x 1 rlx; W y 1 rel | R y acq; R x rlx",                              //
      "W x 1 rlx; F rel; W y 1 rlx | R y rlx; F acq; R x rlx",                //
      "R x rlx; W y 1 rlx | R y rlx; W x 1 rlx",                              // load buffering
      "W x 1 rlx; W y 2 rlx | W y 1 rlx; W x 2 rlx",                          // 2+2W
      "W x 1 sc; W y 2 sc | W y 1 sc; W x 2 sc",                              //
      "W x 1 rlx | W y 1 rlx | R x acq; R y acq | R y acq; R x acq",          // independent reads of independent writes
      "W x 1 sc | W y 1 sc | R x sc; R y sc | R y sc; R x sc",                //
      "W x 1 rlx | W x 2 rlx | R x rlx; R x rlx",                             // coherence
      "FA x 1 rlx; R x rlx | FA x 1 rlx; R x rlx | FA x 1 rlx",               // atomicity
      "CAS x 0 1 ar acq | CAS x 0 2 ar acq | XCHG x 3 rel",                   //
      "W x 1 rlx; W y 1 rel; FA y 1 rlx | FA y 1 rlx | R y acq; ?3 R x rlx",  // a release sequence
      "k=1: WCAS x 0 1 rlx rlx; W y 1 rlx | WCAS x 0 2 rlx rlx; R y rlx",     // spurious failures
      "XCHG x 1 sc; R y sc | XCHG y 1 sc; R x sc; W x 2 rlx"};
  for (const std::string& text : texts) {
    SCOPED_TRACE(text);
    ReferenceProgram program(reference::parse(text));
    const Outcome all = check_with({}, program), sampled = check_with(random_mode(8'000), program);
    EXPECT_EQ(Verdict::held, all.result.verdict);
    EXPECT_EQ(Verdict::bounded, sampled.result.verdict);
    EXPECT_EQ(8'000U, sampled.result.counters.complete);
    EXPECT_EQ(all.keys.size(), sampled.keys.size());
    EXPECT_TRUE(all.keys == sampled.keys);
  }
}

TEST(Sampler, AgreesWithTheExplorerOnRandomPrograms) {
  int races = 0;
  for (const reference::Shape shape : reference::all_shapes)
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const reference::Program text = reference::random_program(seed, shape);
      SCOPED_TRACE(to_text(text));
      ReferenceProgram program(text);
      const Outcome all = check_with({}, program), sampled = check_with(random_mode(4'000), program);
      if (all.result.violation) {
        ++races;
        ASSERT_TRUE(sampled.result.violation);
        EXPECT_EQ(all.result.violation->fault, sampled.result.violation->fault);
        continue;
      }
      EXPECT_FALSE(sampled.result.violation);
      if (shape == reference::Shape::locks) continue;  // who waits in a sample reads again, which the keys show
      for (const std::string& key : sampled.keys) EXPECT_TRUE(all.keys.contains(key));
      if (all.keys.size() <= 8) {
        EXPECT_EQ(all.keys.size(), sampled.keys.size());
      }
    }
  EXPECT_GT(races, 10);
}

TEST(Sampler, StoreBufferingIsWeakAndLoadBufferingIsNot) {
  atomic<int> x, y;
  int r1 = 0, r2 = 0;
  std::set<std::pair<int, int>> buffered, loaded;
  Options options = random_mode(2'000);
  options.finally = [&] { buffered.emplace(r1, r2); };
  check(options, [&] { x.store(1, relaxed), r1 = y.load(relaxed); }, [&] { y.store(1, relaxed), r2 = x.load(relaxed); });
  EXPECT_EQ((std::set<std::pair<int, int>>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}), buffered);
  options.finally = [&] { loaded.emplace(r1, r2); };
  check(options, [&] { r1 = x.load(relaxed), y.store(1, relaxed); }, [&] { r2 = y.load(relaxed), x.store(1, relaxed); });
  EXPECT_EQ((std::set<std::pair<int, int>>{{0, 0}, {0, 1}, {1, 0}}), loaded);
}

TEST(Sampler, FindsADataRace) {
  atomic<int> ready;
  var<int> data(0, "data");
  const auto writer = [&](std::memory_order order) { return [&, order] { data.set(1), ready.store(1, order); }; };
  const auto reader = [&] {
    if (ready.load(acquire) == 1) require(data.get() == 1, "the data has come");
  };
  EXPECT_EQ(Verdict::bounded, check(random_mode(1'000), writer(release), reader).verdict);
  const Result result = check(random_mode(1'000), writer(relaxed), reader);
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(Verdict::violation, result.verdict);
  EXPECT_EQ(Fault::data_race, result.violation->fault);
  EXPECT_EQ(1, result.violation->thread);
  EXPECT_EQ("data: read here and written by thread 0, and neither happens-before the other", result.violation->message);
}

TEST(Sampler, FindsWhatNobodyHasWritten) {
  atomic<int> x(0, "x");
  Objects::of_this_process().program().cells.back().written = false;
  const Result result = check(random_mode(100), [&] { x.store(1, relaxed); }, [&] { x.load(relaxed); });
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(Fault::unwritten, result.violation->fault);
}

TEST(Sampler, WeakFailuresAreLimited) {
  for (const unsigned most : {0U, 1U, 2U}) {
    atomic<int> x;
    std::set<int> failures;
    int failed = 0;
    Options options = random_mode(1'000);
    options.weak_failures = most;
    options.finally = [&] { failures.insert(failed); };
    check(options, [&] {
      failed = 0;
      for (int i = 0; i < 4; ++i) {
        int expected = 0;
        failed += !x.compare_exchange_weak(expected, 0, relaxed);
      }
    });
    EXPECT_EQ(most + 1, failures.size());
    EXPECT_EQ(static_cast<int>(most), *failures.rbegin());
  }
}

TEST(Sampler, ChoosesEveryOption) {
  std::set<unsigned> seen;
  unsigned chosen = 0;
  Options options = random_mode(100);
  options.finally = [&] { seen.insert(chosen); };
  check(options, [&] { chosen = choose(5); });
  EXPECT_EQ(5U, seen.size());
}

TEST(Sampler, ALoopThatWaitsForAStoreEnds) {
  atomic<int> flag;
  int passes = 0, longest = 0;
  Options options = random_mode(500);
  options.step_bound = 60;
  const auto waiter = [&] {
    passes = 0;
    for (;;) {
      const LoopHead head = loop_head();
      ++passes;
      if (flag.load(acquire) == 40) break;
      retry(head);
    }
    longest = std::max(longest, passes);
  };
  const auto counter = [&] {
    for (int i = 1; i <= 40; ++i) flag.store(i, release);
  };
  const Result result = check(options, waiter, counter);
  EXPECT_EQ(Verdict::bounded, result.verdict);
  EXPECT_EQ(500U, result.counters.complete);
  EXPECT_GT(longest, 1);
}

TEST(Sampler, FindsALivelock) {
  atomic<int> flag;
  const Result result = check(
      random_mode(100), [&] { flag.store(1, relaxed); },
      [&] {
        for (;;) {
          const LoopHead head = loop_head();
          if (flag.load(relaxed) == 2) break;
          retry(head);
        }
      });
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(Fault::livelock, result.violation->fault);
  EXPECT_EQ(1, result.violation->thread);
}

TEST(Sampler, ALoopThatAnAssumptionLeavesAloneIsNoLivelock) {
  atomic<int> flag;
  const Result result = check(
      random_mode(100), [&] { assume(false), flag.store(2, relaxed); },
      [&] {
        for (;;) {
          const LoopHead head = loop_head();
          if (flag.load(relaxed) == 2) break;
          retry(head);
        }
      });
  EXPECT_EQ(Verdict::vacuous, result.verdict);
  EXPECT_EQ(100U, result.counters.blocked);
}

TEST(Sampler, AwaitsUntilItComesAndFindsADeadlock) {
  atomic<int> x, y;
  const auto first = [&] { x.await([](int v) { return v == 1; }), y.store(1); };
  Result result = check(random_mode(300), [&] { x.store(1), y.await([](int v) { return v == 1; }); }, first);
  EXPECT_EQ(Verdict::bounded, result.verdict);
  EXPECT_EQ(300U, result.counters.complete);
  result = check(random_mode(300), [&] { y.await([](int v) { return v == 1; }), x.store(1); }, first);
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(Fault::deadlock, result.violation->fault);
}

TEST(Sampler, TheStepBoundIsAViolationOrCounted) {
  atomic<int> x;
  Options options = random_mode(20);
  options.step_bound = 10;
  const auto endless = [&] {
    while (x.load(relaxed) == 0) {
    }
  };
  EXPECT_EQ(Fault::step_bound, check(options, endless).violation->fault);
  options.step_bound_is_violation = false;
  const Result result = check(options, endless);
  EXPECT_EQ(Verdict::vacuous, result.verdict);
  EXPECT_EQ(20U, result.counters.bound);
}

TEST(Sampler, JudgesAndRunsFinally) {
  atomic<int> x;
  var<int> data;
  Options options = random_mode(10);
  const auto body = [&] { x.store(1), data.set(2); };
  options.finally = [&] { require(x.load() == 1 && data.get() == 2, "all has been written"); };
  EXPECT_EQ(Verdict::bounded, check(options, body).verdict);
  options.finally = [&] { require(x.load() == 2, "more has been written"); };
  Result result = check(options, body);
  ASSERT_TRUE(result.violation);
  EXPECT_EQ("more has been written", result.violation->message);
  EXPECT_EQ(-1, result.violation->thread);
  EXPECT_EQ(0U, result.counters.complete);
  Program& program = Objects::of_this_process().program();
  program.judge = [](const Graph& g) { return g.last_place(0) == 1 ? "judged" : ""; };
  result = check(options, body);
  program.judge = nullptr;
  ASSERT_TRUE(result.violation);
  EXPECT_EQ("judged", result.violation->message);
}

TEST(Sampler, ASampleRunsAlone) {
  atomic<int> x, y;
  Program program = Objects::of_this_process().program();
  program.finally = nullptr;
  int seen = 0;
  program.threads = {[&] { x.store(1, relaxed), y.store(1, relaxed); },
                     [&] { seen = y.load(relaxed), require(seen == 0 || x.load(relaxed) == 1, "in order"); },
                     [&] { x.fetch_add(2, relaxed), y.exchange(0, relaxed); }};
  Sampler sampler(program, {.limits = {}, .seed = 7});
  const Result result = sampler.run();
  ASSERT_TRUE(sampler.sample_of_violation());
  Sampler alone(program, {.limits = {}, .seed = 7, .samples = 1, .first = *sampler.sample_of_violation()});
  const Result again = alone.run();
  ASSERT_TRUE(again.violation);
  EXPECT_EQ(canonical_key(result.violation->graph), canonical_key(again.violation->graph));
  EXPECT_EQ(sampler.sample_of_violation(), alone.sample_of_violation());
}

TEST(Sampler, TheSeedDecides) {
  atomic<int> x, y;
  int r1 = 0, r2 = 0;
  const auto results_of = [&](std::uint64_t seed) {
    std::vector<std::pair<int, int>> results;
    Options options = random_mode(50);
    options.seed = seed;
    options.finally = [&] { results.emplace_back(r1, r2); };
    check(options, [&] { x.store(1, relaxed), r1 = y.load(relaxed); }, [&] { y.store(1, relaxed), r2 = x.load(relaxed); });
    return results;
  };
  EXPECT_EQ(results_of(1), results_of(1));
  EXPECT_NE(results_of(1), results_of(2));
}

TEST(Sampler, GoesOnAfterAViolationOrStopsThere) {
  atomic<int> x;
  Options options = random_mode(200);
  const auto reader = [&] { require(x.load(relaxed) == 0, "nothing is written"); };
  const auto writer = [&] { x.store(1, relaxed); };
  EXPECT_EQ(1U, check(options, reader, writer).counters.violations);
  options.stop_at_violation = false;
  const Result result = check(options, reader, writer);
  EXPECT_GT(result.counters.violations, 20U);
  EXPECT_EQ(200U, result.counters.violations + result.counters.complete);
}

TEST(Sampler, RefusesWhatItCannotRun) {
  EXPECT_THROW(check(random_mode(1), std::vector<std::function<void()>>{}), std::invalid_argument);
  EXPECT_THROW(check(random_mode(1), std::vector<std::function<void()>>(maximum_threads + 1, [] {})), std::invalid_argument);
  EXPECT_THROW(check(random_mode(0), [] {}), std::invalid_argument);
  Options options = random_mode(10);
  options.maximum_executions = 3;
  const Result result = check(options, [] {});
  EXPECT_EQ(Verdict::incomplete, result.verdict);
  EXPECT_EQ(3U, result.counters.complete);
}

TEST(Sampler, LeavesNoexceptFunctionsWithoutUnwindingThem) {
  atomic<int> x;
  int destroyed = 0;
  struct Counted {
    int& count;
    ~Counted() { ++count; }
  };
  const auto body = [&]() noexcept {
    const Counted counted{destroyed};
    x.store(1);
    assume(false);
  };
  EXPECT_EQ(10U, check(random_mode(10), body, body).counters.blocked);
  EXPECT_EQ(0, destroyed);
}

}  // namespace
}  // namespace checker
