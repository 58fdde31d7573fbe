// Recordings and their replay: what was found is reproduced from its JSON, what was edited is refused, and what has changed is
// named.
#include "replayer.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
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

using Threads = std::vector<std::function<void()>>;

// The program with other threads.
Program with(Threads threads) {
  Program changed = current_program();
  changed.threads = std::move(threads);
  return changed;
}

// Checks, and keeps the threads in the program for replays.
Result run(const Options& options, const Threads& threads) {
  const Result result = check(options, threads);
  current_program().threads = threads;
  current_program().finally = options.finally;
  return result;
}

class ReplayerTest : public testing::Test {
 protected:
  void TearDown() override {
    current_program().threads.clear();
    current_program().finally = nullptr;
    current_program().judge = nullptr;
  }
};

// What a check found, as JSON.
std::string artifact_of(const Result& result) {
  if (!result.violation) throw std::logic_error("expected a violation, found none");
  return to_json(record(current_program(), *result.violation));
}

void expect_reproduced(const std::string& json) {
  const Recording recording = from_json(json);
  EXPECT_EQ(json, to_json(recording));
  Replayer replayer(current_program(), recording);
  for (int run = 0; run < 2; ++run) {
    const Replay replay = replayer.run();
    EXPECT_TRUE(replay.reproduced) << replay.difference << "\n" << json;
    if (!replay.violation) continue;
    EXPECT_EQ(json, to_json(record(current_program(), *replay.violation)));
    EXPECT_EQ(recording.violation->where, to_text(replay.violation->where));
  }
  EXPECT_EQ(Execution::current(), nullptr);
}

// Finds a violation with the explorer and with the sampler, and replays both.
void expect_found_and_reproduced(Fault fault, Options options, const Threads& threads) {
  for (const Mode mode : {Mode::exhaustive, Mode::random}) {
    options.mode = mode;
    const Result result = run(options, threads);
    ASSERT_TRUE(result.violation);
    EXPECT_EQ(fault, result.violation->fault);
    expect_reproduced(artifact_of(result));
  }
}

std::string difference_of(const std::string& json, const Program& changed) {
  const Recording recording = from_json(json);
  const Replay replay = Replayer(changed, recording).run();
  EXPECT_FALSE(replay.reproduced);
  return replay.difference;
}

TEST_F(ReplayerTest, ReproducesADataRace) {
  atomic<int> flag(0, "flag");
  var<int> data(0, "data");
  expect_found_and_reproduced(
      Fault::data_race, {},
      {[&] { data.set(1), flag.store(1, relaxed); }, [&] { flag.load(acquire) == 1 ? data.get() : 0; }, [&] { flag.load(); }});
  expect_found_and_reproduced(
      Fault::data_race, {},
      {[&] { flag.store(1, relaxed), data.exchange(2); }, [&] { flag.load(relaxed) == 1 ? data.exchange(1) : 0; }});
}

// Behind its last event, a thread that is not to blame stops, though it would fail there too.
TEST_F(ReplayerTest, RunsTheViolatorLast) {
  atomic<int> x;
  var<int> data;
  expect_found_and_reproduced(Fault::assertion, {},
                              {[&] { x.store(1, relaxed), require(false, "first"); },
                               [&] { x.load(relaxed) == 1 ? require(false, "second") : data.set(1); },
                               [&] { x.store(2, relaxed), require(x.load(relaxed) != 1, "third"), require(false, "fourth"); }});
}

// A thread that is not to blame stops at plain accesses that were not recorded; the violator does not wait for them.
TEST_F(ReplayerTest, StopsAtAccessesThatWereNotReached) {
  atomic<int> x(0, "x");
  var<int> data(0, "data"), other(0, "other");
  const Threads threads = {[&] { x.load(relaxed) == 1 ? data.get() : 0; },
                           [&] { data.set(9), x.store(1, relaxed), other.set(3); }};
  Options options;
  options.stop_at_violation = false;
  const std::string json = artifact_of(run(options, threads));
  EXPECT_EQ(1U, from_json(json).threads[1].accesses.size());
  expect_reproduced(json);
}

// The violator's store is read by another thread, and then both are in each other's way.
TEST_F(ReplayerTest, WaitsWithARaceForTheOtherAccess) {
  atomic<int> x(0, "x");
  var<int> data(0, "data");
  const Threads threads = {[&] { x.load(relaxed) == 1 ? data.set(1) : void(); }, [&] { x.store(1, relaxed), data.set(2); }};
  Options options;
  options.mode = Mode::random;
  std::set<int> violators;
  for (options.seed = 1; options.seed < 50; ++options.seed) {
    const Result result = run(options, threads);
    violators.insert(result.violation->thread);
    expect_reproduced(artifact_of(result));
  }
  EXPECT_TRUE(violators.contains(0));
  Recording recording = from_json(artifact_of(run(options, threads)));
  recording.threads[0].accesses = {{.datum = 0, .position = 1, .writes = true, .value = 1}};
  recording.threads[1].accesses.clear();
  recording.threads[1].events.pop_back();
  recording.violation->thread = 1;
  recording.violation->message = "data: written here and written by thread 0, and neither happens-before the other";
  const Replay replay = Replayer(current_program(), recording).run();
  EXPECT_TRUE(replay.reproduced) << replay.difference;
}

TEST_F(ReplayerTest, ReproducesAssertions) {
  atomic<int> x, y;
  int r1 = 0, r2 = 0;
  Options options;
  options.finally = [&] { require(r1 == 1 || r2 == 1, "store buffering"); };
  const auto buffer = [&](std::memory_order order, std::memory_order fence) {
    const auto thread = [order, fence](atomic<int>& mine, atomic<int>& other, int& r) {
      mine.store(1, order);
      checker::atomic_thread_fence(fence);
      r = other.load(order);
    };
    return Threads{[&, thread] { thread(x, y, r1); }, [&, thread] { thread(y, x, r2); }};
  };
  expect_found_and_reproduced(Fault::assertion, options, buffer(relaxed, acq_rel));
  options.finally = [&] { require(r1 == 0 || r2 == 0 || x.load() == 7, "both read 1"); };
  expect_found_and_reproduced(Fault::assertion, options, buffer(seq_cst, acq_rel));
  expect_found_and_reproduced(Fault::assertion, options, buffer(relaxed, seq_cst));
  expect_found_and_reproduced(Fault::assertion, {},
                              {[&] { x.store(1, relaxed), y.store(1, relaxed); },
                               [&] { y.load(relaxed) == 1 ? require(x.load(relaxed) == 1, "in order") : void(); }});
}

TEST_F(ReplayerTest, ReproducesPlacesAndUpdates) {
  atomic<int> x, y;
  Options options;
  options.finally = [&] { require(x.load() != 1 || y.load() != 1, "both orders are old"); };
  expect_found_and_reproduced(
      Fault::assertion, options,
      {[&] { x.store(1, relaxed), y.store(2, relaxed); }, [&] { y.store(1, relaxed), x.store(2, relaxed); }});
  options.finally = [&] { require(x.load() != 0x111, "all have added"); };
  const auto add = [&](int value) { return [&, value] { x.fetch_add(value, relaxed), x.fetch_or(0), x.exchange(x.load()); }; };
  options.weak_failures = 0;
  expect_found_and_reproduced(Fault::assertion, options, {add(1), add(0x10), add(0x100)});
}

TEST_F(ReplayerTest, ReproducesWeakFailures) {
  atomic<int> x(0, "x");
  const Threads threads = {[&] {
    int expected = 0;
    require(x.compare_exchange_weak(expected, 1, acq_rel, relaxed) || expected == 1, "never fails");
  }};
  expect_found_and_reproduced(Fault::assertion, {}, threads);
  const std::string json = artifact_of(run({}, threads));
  EXPECT_EQ("thread 0, event 0", difference_of(json, with({[&] {
                                                 int expected = 0;
                                                 x.compare_exchange_strong(expected, 1, acq_rel, relaxed);
                                               }}))
                                     .substr(0, 17));
}

TEST_F(ReplayerTest, ReproducesLivelocksAndDeadlocks) {
  atomic<int> x, y;
  const auto spin = [](atomic<int>& flag) {
    for (;;) {
      const LoopHead head = loop_head();
      if (flag.load(acquire) == 1) break;
      retry(head);
    }
  };
  expect_found_and_reproduced(Fault::livelock, {},
                              {[&] { spin(x), y.store(1); }, [&] { spin(y), x.store(1); }, [&] { x.store(0); }});
  const auto is_one = [](int value) { return value == 1; };
  expect_found_and_reproduced(Fault::deadlock, {},
                              {[&] { x.await(is_one), y.store(1); }, [&] { y.await(is_one), x.store(1); }});
  const std::string json = artifact_of(run({}, {[&] { x.await(is_one); }, [&] { y.store(2); }}));
  EXPECT_EQ("thread 1, event 0", difference_of(json, with({[&] { x.await(is_one); }, [&] { y.store(3); }})).substr(0, 17));
}

TEST_F(ReplayerTest, ReproducesTheStepBound) {
  atomic<int> x;
  Options options;
  options.step_bound = 9;
  expect_found_and_reproduced(Fault::step_bound, options,
                              {[&] { x.store(1); },
                               [&] {
                                 for (;;) x.fetch_add(1);
                               },
                               [&] { x.store(2); }});
}

TEST_F(ReplayerTest, ReproducesReadsOfWhatWasNeverWritten) {
  atomic<int> x;
  current_program().cells.back().written = false;
  expect_found_and_reproduced(Fault::unwritten, {}, {[&] { x.store(1, relaxed); }, [&] { x.load(relaxed), x.load(relaxed); }});
}

TEST_F(ReplayerTest, ReproducesChoicesJudgesAndWhatIsBlockedBeside) {
  atomic<int> x;
  const Threads threads = {[&] { x.store(static_cast<int>(choose(4)), relaxed); },
                           [&] { assume(x.load(relaxed) == 3), require(choose(2) == 0, "the other option"); },
                           [&] { assume(false); }};
  expect_found_and_reproduced(Fault::assertion, {}, threads);
  current_program().judge = [](const Graph& g) { return g[g.newest_write(0)].value == 2 ? "two is wrong" : ""; };
  expect_found_and_reproduced(Fault::assertion, {}, {threads[0], [&] { x.load(); }});
}

// Every complete execution is reproduced, and equal executions are recorded equally, whoever built them.
TEST_F(ReplayerTest, ReproducesWholeExecutions) {
  atomic<int> x, y;
  var<int> data;
  std::map<std::string, std::string> explored, sampled;
  std::map<std::string, std::string>* recordings = &explored;
  const Threads threads = {[&] {
                             data.set(5);
                             x.store(1, release);
                             int expected = 0;
                             y.compare_exchange_weak(expected, 1, seq_cst, relaxed);
                           },
                           [&] {
                             y.fetch_add(2, relaxed);
                             checker::atomic_thread_fence(std::memory_order_acq_rel);
                             if (x.load(acquire) == 1) data.exchange(static_cast<int>(choose(2)));
                           },
                           [&] {
                             y.store(9, relaxed);
                             y.load(seq_cst);
                           }};
  current_program().judge = [&](const Graph& g) {
    recordings->emplace(canonical_key(g), to_json(record(current_program(), g)));
    return std::string();
  };
  Options options;
  EXPECT_EQ(Verdict::held, run(options, threads).verdict);
  recordings = &sampled;
  options.mode = Mode::random;
  run(options, threads);
  EXPECT_EQ(35U, explored.size());
  EXPECT_TRUE(explored == sampled);
  for (const auto& [key, json] : explored) expect_reproduced(json);
}

// Complete executions, and the races.
TEST_F(ReplayerTest, ReproducesExecutionsOfRandomPrograms) {
  constexpr std::size_t most = 40;  // executions of one program
  for (const reference::Shape shape : reference::all_shapes)
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      const reference::Program text = reference::random_program(seed, shape);
      SCOPED_TRACE(to_text(text));
      ReferenceProgram subject(text);
      std::vector<std::string> recordings;
      current_program().judge = [&](const Graph& g) {
        if (recordings.size() < most) recordings.push_back(to_json(record(current_program(), g)));
        return std::string();
      };
      Options options;
      options.weak_failures = subject.weak_failures();
      const Result explored = run(options, subject.threads());
      options.mode = Mode::random;
      options.samples = 100;
      const Result sampled = run(options, subject.threads());
      current_program().judge = nullptr;
      for (const std::string& json : recordings) expect_reproduced(json);
      for (const Result& result : {explored, sampled})
        if (result.violation) expect_reproduced(artifact_of(result));
    }
}

TEST_F(ReplayerTest, SaysWhereAChangedProgramDiffers) {
  atomic<int> flag(0, "flag");
  var<int> data(0, "data");
  const auto writer = [&] { data.set(1), flag.store(1, relaxed), flag.store(2, relaxed); };
  const auto reader = [&] { flag.load(relaxed) == 2 ? data.get() : 0; };
  const std::string json = artifact_of(run({}, {writer, reader}));
  const auto difference = [&](Threads threads) {
    std::string text = difference_of(json, with(std::move(threads)));
    const auto place = text.find(" ("), end = text.find("): expected");
    return place < end && end != std::string::npos ? text.erase(place, end + 1 - place) : text;
  };
  EXPECT_EQ("expected 2 threads, found 1", difference({writer}));
  EXPECT_EQ("thread 0, event 0: expected store of 0x1 to flag (relaxed), found store of 0x1 to flag (release)",
            difference({[&] { data.set(1), flag.store(1, release), flag.store(2, relaxed); }, reader}));
  EXPECT_EQ("thread 0, event 0: expected plain write of 0x1 to data, found store of 0x1 to flag (relaxed)",
            difference({[&] { flag.store(1, relaxed), flag.store(2, relaxed); }, reader}));
  EXPECT_EQ("thread 0, event 1: expected store of 0x2 to flag (relaxed), found plain write of 0x3 to data",
            difference({[&] { data.set(1), flag.store(1, relaxed), data.set(3), flag.store(2, relaxed); }, reader}));
  EXPECT_EQ("thread 0, event 1: expected store of 0x2 to flag (relaxed), found end of the thread",
            difference({[&] { data.set(1), flag.store(1, relaxed); }, reader}));
  EXPECT_EQ("thread 0, event 1: expected store of 0x2 to flag (relaxed), found fence (seq_cst)",
            difference({[&] { data.set(1), flag.store(1, relaxed), checker::atomic_thread_fence(seq_cst); }, reader}));
  EXPECT_EQ("thread 0, event 1: expected store of 0x2 to flag (relaxed), found block by an assumption since event 0",
            difference({[&] { data.set(1), flag.store(1, relaxed), assume(false); }, reader}));
  EXPECT_EQ("thread 0, event 1: expected store of 0x2 to flag (relaxed), found assertion \"early\"",
            difference({[&] { data.set(1), flag.store(1, relaxed), require(false, "early"); }, reader}));
  EXPECT_EQ("thread 0, event 2: expected end of the thread, found read of flag (seq_cst) that takes 0x2 from 0.1",
            difference({[&] { writer(), flag.load(); }, reader}));
  EXPECT_EQ(
      "thread 1, event 0: expected read of flag (relaxed) that takes 0x2 from 0.1, found fetch_add of flag with 0x1 "
      "(relaxed) that takes 0x2 from 0.1 and succeeds",
      difference({writer, [&] { flag.fetch_add(1, relaxed); }}));
  EXPECT_EQ("thread 1, event 0: expected read of flag (relaxed) that takes 0x2 from 0.1, found choice of option 0 of 2",
            difference({writer, [&] { choose(2); }}));
  const std::string none =
      "at the end: expected data race \"data: read here and written by thread 0, and neither happens-before "
      "the other\", found ";
  EXPECT_EQ(none + "no violation", difference({writer, [&] { flag.load(relaxed); }}));
  EXPECT_EQ(none + "no violation", difference({writer, [&] { flag.load(relaxed), flag.load(relaxed), data.get(); }}));
  EXPECT_EQ(none + "assertion \"another\"", difference({writer, [&] { flag.load(relaxed), require(false, "another"); }}));
  Program renamed = current_program();
  renamed.cells[0].name = "banner";
  EXPECT_EQ("cell 0: expected flag = 0x0, found banner = 0x0", difference_of(json, renamed));
  expect_reproduced(json);
}

TEST_F(ReplayerTest, ReproducesAnException) {
  atomic<int> x;
  const std::string json = artifact_of(run({}, {[&] { x.store(1); },
                                                [&] {
                                                  if (x.load() == 1) throw std::runtime_error("thrown");
                                                }}));
  EXPECT_NE(json.find("std::runtime_error: thrown"), std::string::npos);
  expect_reproduced(json);
  const Recording recording = from_json(json);
  const Program other = with({[&] { throw std::runtime_error("another"); }, [&] { x.load(); }});
  EXPECT_FALSE(Replayer(other, recording).run().reproduced);
}

}  // namespace
}  // namespace checker
