// A thread that stops for ever holds nobody up in the shipped code, and everybody in the bugs whose threads wait.
#include <gtest/gtest.h>

#include "run.hpp"

namespace rarena::models::checking {
namespace {

RunOptions job(const char* scenario, const char* freelist, const char* mutant = "") {
  RunOptions options;
  options.names = {scenario, freelist, mutant};
  options.maximum_executions = 2'000;
  return options;
}

unsigned longest(const HaltingEnding& ending, std::string_view call) {
  return ending.longest[static_cast<std::size_t>(std::ranges::find(call_names, call) - call_names.begin())];
}

TEST(Halting, TheOthersComeToTheirEnds) {
  const auto ending = run_halting(job("abandoned_unlink", "pessimistic"));
  ASSERT_TRUE(ending) << ending.error();
  EXPECT_FALSE(ending->violation) << ending->violation->message;
  EXPECT_TRUE(ending->complete);
  EXPECT_GT(ending->points, 40U) << "two threads with about 28 steps each";
  EXPECT_GT(longest(*ending, "allocate"), 10U);
  EXPECT_EQ(longest(*ending, "walk"), 0U) << "nobody calls it there";
}

TEST(Halting, StepsAreCountedPerCall) {
  const auto ending = run_halting(job("bump_vs_bump", "none"));
  ASSERT_TRUE(ending) << ending.error();
  EXPECT_EQ(longest(*ending, "allocate"), 3U) << "a load, a compare-exchange that fails, and one that does not";
  EXPECT_TRUE(ending->complete);
}

class Waiting : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Waiting, IsFoundAndReplayed) {
  const auto [scenario, mutant] = GetParam();
  RunOptions options = job(scenario, "optimistic", mutant);
  options.artifact = testing::TempDir() + "rarena_halting_test_" + mutant + ".json";
  const auto ending = run_halting(options);
  ASSERT_TRUE(ending) << ending.error();
  ASSERT_TRUE(ending->violation);
  EXPECT_EQ(invariant_of(*ending->violation), "PRG-1");
  const auto artifact = read_artifact(options.artifact);
  ASSERT_TRUE(artifact) << artifact.error();
  ASSERT_TRUE(artifact->halting);
  EXPECT_EQ(artifact->halting->before, ending->at->before);
  const auto reproduced = replay(*artifact);
  ASSERT_TRUE(reproduced) << reproduced.error();
  EXPECT_TRUE(*reproduced);
}

INSTANTIATE_TEST_SUITE_P(Corpus, Waiting,
                         testing::Values(std::pair{"abandoned_unlink", "no_helping"}, std::pair{"recycle", "crate_protocol"}),
                         [](const auto& test) { return std::string(test.param.second); });

TEST(Halting, WrongNamesGetASentence) {
  const auto ending = run_halting(job("no_such", "none"));
  ASSERT_FALSE(ending);
  EXPECT_TRUE(ending.error().starts_with("no scenario is called 'no_such'")) << ending.error();
}

}  // namespace
}  // namespace rarena::models::checking
