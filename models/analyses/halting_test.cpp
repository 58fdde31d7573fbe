// A thread that stops for ever holds nobody up in the shipped code, and everybody in the bugs whose threads wait.
#include <gtest/gtest.h>

#include "models/checker_engine/engine.hpp"
#include "models/engine/shrink.hpp"
#include "table.hpp"

namespace rarena::models::checking {
namespace {

Job job(const char* scenario, const char* freelist, const char* bug = "") {
  return job_of({scenario, freelist, bug}, {.name = "halting"}).value();
}
const Bounds bounds = {.scheduler = "exhaustive", .maximum = 2'000};

unsigned longest(const Ending& ending, const char* call) { return ending.more["steps"].value(call, 0U); }

TEST(Halting, TheOthersComeToTheirEnds) {
  const auto ending = CheckerEngine(analyses()).run(job("abandoned_unlink", "pessimistic"), bounds);
  ASSERT_TRUE(ending) << ending.error();
  EXPECT_FALSE(ending->violation) << ending->violation->message;
  EXPECT_EQ(ending->more["complete"], true);
  EXPECT_GT(ending->more["points"], 40U) << "two threads with about 28 steps each";
  EXPECT_GT(longest(*ending, "allocate"), 10U);
  EXPECT_EQ(longest(*ending, "walk"), 0U) << "nobody calls it there";
}

TEST(Halting, AMergeAndTheMakingOfATableHoldNobodyUp) {
  for (const char* scenario : {"merge_vs_allocate", "topmost_vs_free", "two_runs_behind_boundaries", "two_tables_ascending"}) {
    const auto ending = CheckerEngine(analyses()).run(job(scenario, "pessimistic"), bounds);
    ASSERT_TRUE(ending) << ending.error();
    EXPECT_FALSE(ending->violation) << scenario << ": " << ending->violation->message;
    EXPECT_GT(ending->more["points"], 60U) << scenario;
  }
}

TEST(Halting, StepsAreCountedPerCall) {
  const auto ending = CheckerEngine(analyses()).run(job("bump_vs_bump", "none"), bounds);
  ASSERT_TRUE(ending) << ending.error();
  EXPECT_EQ(longest(*ending, "allocate"), 3U) << "a load, a compare-exchange that fails, and one that does not";
  EXPECT_EQ(ending->more["complete"], true);
}

class Waiting : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Waiting, IsFoundAndReplayed) {
  const auto [scenario, bug] = GetParam();
  CheckerEngine engine{analyses()};
  const Job with_bug = job(scenario, "optimistic", bug);
  const auto ending = engine.run(with_bug, bounds);
  ASSERT_TRUE(ending) << ending.error();
  ASSERT_TRUE(ending->violation);
  EXPECT_EQ(ending->violation->invariant, "PRG-1");
  const Finding finding = finding_of(engine, with_bug, bounds, *ending);
  EXPECT_TRUE(finding.analysis.options["at"].contains("before"));
  const auto there = job_of(finding.names, finding.analysis);
  ASSERT_TRUE(there) << there.error();
  const auto replayed = engine.replay(*there, finding, false);
  ASSERT_TRUE(replayed) << replayed.error();
  EXPECT_TRUE(replayed->reproduced);
}

INSTANTIATE_TEST_SUITE_P(Bugs, Waiting,
                         testing::Values(std::pair{"abandoned_unlink", "no_helping"}, std::pair{"recycle", "crate_protocol"}),
                         [](const auto& test) { return std::string(test.param.second); });

TEST(Halting, AThreadThatIsNotThereGetsASentence) {
  Job wrong = job("bump_vs_bump", "none");
  wrong.analysis.options["at"] = {{"thread", 2}, {"before", 0}};
  EXPECT_EQ(CheckerEngine(analyses()).run(wrong, bounds).error(), "thread 2 is to stop, and there are 2");
}

}  // namespace
}  // namespace rarena::models::checking
