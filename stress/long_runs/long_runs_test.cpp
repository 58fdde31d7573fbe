// The parts of long_runs that need no long run: the reference, the sizes, the books of a load, the limits, and settings in an
// artifact.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "long_runs/call_times.hpp"
#include "long_runs/counted_arena.hpp"
#include "long_runs/limits.hpp"
#include "long_runs/load.hpp"
#include "long_runs/reference.hpp"
#include "long_runs/subject.hpp"

namespace rarena::stress {
namespace {

TEST(BestFit, TakesTheSmallestThatFits) {
  BestFit reference(1000);
  const std::array<Size, 5> sizes = {100, 1, 50, 1, 848};
  std::array<Extent, 5> given;
  for (std::size_t i = 0; i < sizes.size(); ++i) given[i] = *reference.allocate(sizes[i]);
  EXPECT_FALSE(reference.allocate(1));
  reference.free(given[0]);
  reference.free(given[2]);
  EXPECT_EQ(reference.allocate(40)->offset, given[2].offset);
  EXPECT_EQ(reference.allocate(20)->offset, given[0].offset);
  EXPECT_FALSE(reference.allocate(81));
  EXPECT_EQ(reference.largest(), 80U);
}

TEST(BestFit, JoinsNeighboursOnBothSides) {
  BestFit reference(30);
  std::array<Extent, 3> given;
  for (Extent& one : given) one = *reference.allocate(10);
  reference.free(given[0]);
  reference.free(given[2]);
  EXPECT_EQ(reference.ranges(), 2U);
  EXPECT_EQ(reference.largest(), 10U);
  reference.free(given[1]);
  EXPECT_EQ(reference.ranges(), 1U);
  EXPECT_EQ(*reference.allocate(30), (Extent{0, 30}));
}

TEST(BestFit, JoinsLateWhatIsFreedAndOnlyThen) {
  for (const bool late : {false, true}) {
    BestFit reference(30, {.joins_late = late});
    std::array<Extent, 3> given;
    for (Extent& one : given) one = *reference.allocate(10);
    for (const int i : {1, 0, 2}) reference.free(given[static_cast<std::size_t>(i)]);
    EXPECT_EQ(reference.ranges(), late ? 3U : 1U);
    EXPECT_EQ(*reference.allocate(25), (Extent{0, 25}));
    EXPECT_EQ(reference.ranges(), 1U);
    EXPECT_FALSE(reference.allocate(6));
  }
}

TEST(BestFit, TakesTheNewestOfEqualOnes) {
  for (const bool newest : {false, true}) {
    BestFit reference(50, {.newest_first = newest});
    std::array<Extent, 5> given;
    for (Extent& one : given) one = *reference.allocate(10);
    for (const int i : {0, 4, 2}) reference.free(given[static_cast<std::size_t>(i)]);
    EXPECT_EQ(reference.allocate(10)->offset, newest ? 20U : 0U);
  }
}

TEST(BestFit, CarvesUntouchedBytesBetweenTakenOnes) {
  BestFit reference(100, {.taken = {{10, 20}, {60, 40}}, .untouched_first = true});
  EXPECT_EQ(*reference.allocate(8), (Extent{0, 8}));
  EXPECT_EQ(*reference.allocate(8), (Extent{30, 8})) << "it does not fit in front of the taken ones";
  EXPECT_EQ(*reference.allocate(22), (Extent{38, 22}));
  EXPECT_EQ(*reference.allocate(2), (Extent{8, 2})) << "that was left";
  EXPECT_FALSE(reference.allocate(1));
  reference.free({30, 30});
  EXPECT_EQ(*reference.allocate(30), (Extent{30, 30}));
}

TEST(Mix, DrawsWhatItSays) {
  Random random(1);
  for (const auto& [name, mix] : mixes) {
    Size least = mix.most, most = mix.least;
    for (int i = 0; i < 100'000; ++i) {
      const Size size = mix.draw(random);
      ASSERT_TRUE(size >= mix.least && size <= mix.most) << name;
      least = std::min(least, size);
      most = std::max(most, size);
    }
    EXPECT_LE(least, mix.least + mix.least / 8) << name;
    EXPECT_GE(most, mix.most - mix.most / 8) << name;
  }
}

TEST(Phases, AreAllOperations) {
  for (const bool shift : {false, true}) {
    std::uint64_t sum = 0;
    for (const Phase& phase : phases_of({.shift = shift, .operations = 1001})) sum += phase.operations;
    EXPECT_EQ(sum, 1001U);
  }
}

TEST(Load, HoldsItsTargetAndCountsRefusals) {
  BestFit room(100'000), little(10'000);
  Load load(1, 0, 50'000), refused(1, 0, 50'000);
  load.run(room, mixes.at("8..128"), 20'000);
  EXPECT_EQ(load.counts().operations, 20'000U);
  EXPECT_EQ(load.counts().refusals, 0U);
  EXPECT_NEAR(static_cast<double>(load.live()), 50'000, 128);
  refused.run(little, mixes.at("8..128"), 20'000);
  EXPECT_GT(refused.counts().refused(), 10);
  EXPECT_LE(refused.live(), 10'000U);
  load.free_all(room);
  EXPECT_EQ(load.live(), 0U);
  EXPECT_EQ(room.largest(), 100'000U);
}

TEST(Load, EndsInTime) {
  BestFit reference(10'000);
  Load load(1, 0, 5000);
  load.run(reference, mixes.at("16"), 1'000'000'000, Load::Clock::now());
  EXPECT_EQ(load.counts().operations, 0U);
}

TEST(LargestRun, JoinsWhatTouches) {
  EXPECT_EQ(largest_run({}, 100, 100), 0U);
  EXPECT_EQ(largest_run({{10, 5}, {20, 7}}, 100, 100), 7U);
  EXPECT_EQ(largest_run({{20, 7}, {10, 10}, {27, 1}}, 100, 100), 18U);
  EXPECT_EQ(largest_run({{90, 10}}, 100, 120), 30U);
}

TEST(Overlap, NamesTwoThatShareAByte) {
  EXPECT_EQ(overlap({}), std::nullopt);
  EXPECT_EQ(overlap({{30, 5}, {10, 10}, {20, 10}}), std::nullopt);
  EXPECT_EQ(overlap({{30, 5}, {10, 11}, {20, 10}}), "SEG-1: [10, 21) and [20, 30) are live or free at once");
  EXPECT_NE(overlap({{10, 90}, {20, 1}, {50, 1}}), std::nullopt);
}

TEST(Limits, EachIsViolated) {
  const Settings settings{.freelist = Freelist::pessimistic, .load = 45};
  const Numbers sound{
      .data = 1000, .carved = 500, .free = 100, .segments = 2, .largest = 60, .descriptors = 32, .discarded = 5};
  const Facts facts{.numbers = sound, .live = 363};
  EXPECT_TRUE(judge(settings, facts).empty());
  const auto only = [&](const Facts& wrong) {
    const auto violations = judge(settings, wrong);
    return violations.size() == 1 ? violations[0].substr(0, violations[0].find(':')) : std::to_string(violations.size());
  };
  Facts wrong = facts;
  wrong.live = 362;
  EXPECT_EQ(only(wrong), "SEG-2");
  wrong = facts;
  wrong.missed = 1;
  EXPECT_EQ(only(wrong), "FL-5");
  wrong = facts;
  wrong.refused = 0.6;
  EXPECT_EQ(only(wrong), "refusals");
  wrong.reference_refused = 0.2;
  EXPECT_TRUE(judge(settings, wrong).empty());
  wrong = facts;
  wrong.numbers.discarded = 6;
  wrong.live = 362;
  EXPECT_EQ(only(wrong), "discarded");
}

TEST(Subject, AnswersForEveryByteUnlessItLeaks) {
  for (const Bug bug : {Bug::none, Bug::leak}) {
    const Settings settings{.freelist = Freelist::pessimistic, .capacity = 65536, .bug = bug};
    Subject<unsync::Arena> subject(options_of(settings), settings);
    Load load(1, 0, 20'000);
    load.run(subject, mixes.at("1..64"), 5000);
    EXPECT_EQ(numbers_of(subject.arena()).lost(load.live()) != 0, bug == Bug::leak);
  }
}

TEST(Subject, AChangedStampIsAViolation) {
  const Settings settings{.capacity = 65536};
  Subject<unsync::Arena> subject(options_of(settings), settings);
  const Extent segment = *subject.allocate(100);
  subject.arena().data()[segment.end() - 1] ^= std::byte{1};
  EXPECT_THROW(subject.free(segment), Violation);
}

// Clocks that go as a test says, and how often that of the thread was read.
struct FakeClocks {
  static inline double now = 0, computed = 0;
  static inline int readings = 0;
  static double wall() { return now; }
  static double processor() {
    ++readings;
    return computed;
  }
  // The thread computes, or waits.
  static void compute(double seconds) {
    now += seconds;
    computed += seconds;
  }
  static void wait(double seconds) { now += seconds; }
};

TEST(CallTimes, ACallThatWaitedHasComputedLess) {
  CallTimes<FakeClocks> times;
  FakeClocks::wait(1);
  times.begin();
  FakeClocks::compute(0.002);
  FakeClocks::wait(0.5);
  times.end();
  EXPECT_NEAR(times.longest_wall(), 0.502, 1e-9);
  EXPECT_NEAR(times.longest_processor(), 0.002, 1e-9);
}

TEST(CallTimes, TheBoundIsTooLargeByLessThanItsGrain) {
  CallTimes<FakeClocks> times;
  const auto call = [&](double computes) {
    times.begin();
    FakeClocks::compute(computes);
    times.end();
  };
  FakeClocks::readings = 0;
  for (int i = 0; i < 1000; ++i) call(1e-6);
  EXPECT_LE(FakeClocks::readings, 11) << "the clock of the thread is read once a grain";
  EXPECT_NEAR(times.longest_processor(), 1e-6, 1e-9);
  times.begin();
  FakeClocks::compute(0.001);
  FakeClocks::wait(0.01);
  times.end();
  EXPECT_GE(times.longest_processor(), 0.001 - 1e-9) << "never too small";
  EXPECT_LT(times.longest_processor(), 0.001 + CallTimes<>::grain);
}

// Accesses of one request that a full arena refuses, with many free segments that are too small, when it looks again so often.
std::uint64_t accesses_of_a_refusal(std::uint8_t retries) {
  const auto arena =
      CountedArena::map_anon({.capacity = 64 * 1024, .maximum_retries = retries, .freelist = Freelist::pessimistic}).value();
  std::vector<Extent> held;
  while (const auto given = arena.allocate(64, 1, Fill::none)) held.push_back(given->segment);
  for (std::size_t i = 0; i < held.size(); i += 2) (void)arena.dealloc(held[i].offset, held[i].size).value();
  (void)arena.merge().value();
  const Tally before = tally();
  EXPECT_FALSE(arena.allocate(65, 1, Fill::none));
  return (tally() - before).accesses;
}

TEST(CountedArena, ARefusedRequestSearchesAgainOnlyIfSomethingWasFreed) {
  EXPECT_LE(accesses_of_a_refusal(100), accesses_of_a_refusal(0) + 100U * 6);
}

// A full arena, in which descriptors are made of free segments: many of these are large enough for one, and begin at the wrong
// place.
TEST(CountedArena, AFreeThatNeedsADescriptorWalksPastNoSegmentsThatDoNotFit) {
  constexpr std::uint64_t pairs = 40'000;
  for (const Freelist freelist : {Freelist::optimistic, Freelist::pessimistic}) {
    const auto arena = CountedArena::map_anon({.capacity = pairs * 104, .freelist = freelist}).value();
    std::vector<Extent> live, freed;
    for (std::uint64_t i = 0; i < pairs; ++i) {
      live.push_back(arena.allocate(16, 1, Fill::none).value().segment);
      freed.push_back(arena.allocate(32 + i * 37 % 64, 1, Fill::none).value().segment);
    }
    for (const Extent segment : freed) (void)arena.dealloc(segment.offset, segment.size).value();
    while (const auto filled = arena.allocate(96, 1, Fill::none)) live.push_back(filled->segment);
    const Tally before = tally();
    for (const Extent segment : live) (void)arena.dealloc(segment.offset, segment.size).value();
    EXPECT_LT((tally() - before).accesses, 150 * live.size());
  }
}

TEST(CountedArena, CountsWhatCallsDoAndNotWhoLooks) {
  const Settings settings{.freelist = Freelist::pessimistic, .capacity = 65536};
  Subject<CountedArena> subject(options_of(settings), settings);
  const auto spent = [&](auto work) {
    const Tally before = tally();
    work();
    return tally() - before;
  };
  std::vector<Extent> given;
  const Tally filling = spent([&] {
    while (const auto segment = subject.allocate(1000)) given.push_back(*segment);
  });
  EXPECT_GT(filling.accesses, given.size());
  EXPECT_EQ(filling.merges, 0U) << "nothing was freed";
  EXPECT_GT(spent([&] {
              for (const Extent one : {given[2], given[3]}) subject.free(one);
            }).accesses,
            2U);
  EXPECT_EQ(spent([&] { EXPECT_FALSE(subject.allocate(2001)); }).merges, 1U);
  EXPECT_EQ(spent([&] { EXPECT_FALSE(subject.allocate(2001)); }).merges, 0U) << "nothing has changed";
  EXPECT_EQ(spent([&] { EXPECT_TRUE(subject.arena().merge()); }).merges, 1U);
  EXPECT_EQ(spent([&] { EXPECT_EQ(numbers_of(subject.arena()).segments, 1U); }).accesses, 0U);
}

TEST(Settings, SurviveAnArtifact) {
  const Settings settings{.run = "soak",
                          .seed = 0xfedcba9876543210U,
                          .freelist = Freelist::pessimistic,
                          .capacity = 65536,
                          .sizes = "1..64",
                          .shift = true,
                          .load = 70,
                          .threads = 3,
                          .operations = 7,
                          .minutes = 1.5,
                          .every = 0.5,
                          .segments = 9,
                          .reserve = 4,
                          .bug = Bug::leak,
                          .directory = {},
                          .json = {}};
  const nlohmann::json written = to_json(settings);
  EXPECT_EQ(to_json(settings_from(nlohmann::json::parse(written.dump()))), written);
  for (const char* const key : {"freelist", "sizes", "bug"}) {
    nlohmann::json wrong = written;
    wrong[key] = "tape";
    EXPECT_THROW(settings_from(wrong), std::runtime_error) << key;
  }
}

}  // namespace
}  // namespace rarena::stress
