// Findings come back as they were, jobs are what their names say, and what is wrong with either is said.
#include "finding.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace rarena::models {
namespace {

Finding finding() {
  return {.engine = "schedule",
          .names = {"recycle", "optimistic", "crate_protocol"},
          .analysis = {},
          .bounds = {.scheduler = "random", .seed = 7},
          .violation = {"PRG-1", "PRG-1", "PRG-1: x"},
          .suspects = {"find_link reads"},
          .attachments = {{"bytes", "008fff"}}};
}

std::string path() { return testing::TempDir() + "rarena_finding_test.json"; }

TEST(Findings, ComeBackAsTheyWere) {
  ASSERT_TRUE(write_finding(path(), finding()));
  const auto back = read_finding(path(), "schedule");
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(to_json(*back), to_json(finding()));
}

TEST(Findings, SayWhatWasExpected) {
  const auto refused = [](const std::string& text) {
    std::ofstream(path()) << text;
    const auto read = read_finding(path(), "schedule");
    return read ? "" : read.error();
  };
  EXPECT_NE(refused("no JSON").find("is not JSON"), std::string::npos);
  EXPECT_NE(refused("[]").find("expected a finding"), std::string::npos);
  EXPECT_NE(refused(R"({"rarena_finding": 2})").find("found format 2"), std::string::npos);
  EXPECT_NE(refused(R"({"rarena_finding": 1, "engine": "schedule"})").find("'violation' not found"), std::string::npos);
  auto other = to_json(finding());
  other["engine"] = "relacy";
  EXPECT_NE(refused(other.dump()).find("expected a finding of the engine schedule, found one of relacy"), std::string::npos);
  EXPECT_NE(read_finding("/nonexistent", "schedule").error().find("cannot open"), std::string::npos);
  EXPECT_NE(write_finding("/nonexistent/x", finding()).error().find("cannot write"), std::string::npos);
}

TEST(Jobs, AreWhatTheirNamesSay) {
  const auto named = job_of({"recycle", "optimistic", "crate_protocol"});
  ASSERT_TRUE(named) << named.error();
  EXPECT_EQ(named->bug->name, "crate_protocol");
  EXPECT_EQ(describe(*named), "scenario recycle, freelist optimistic, bug crate_protocol");
  const auto text = job_of({"room 1; a 1", "none", ""});
  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(text->scenario.threads(), 1U);
}

TEST(Jobs, ThatMakeNoSenseAreRefused) {
  const auto refused = [](const Names& names, const char* analysis = "executions") {
    const auto job = job_of(names, {.name = analysis});
    return job ? "" : job.error();
  };
  EXPECT_NE(refused({"x", "none", ""}).find("no scenario is called 'x'; there are: bump_vs_bump"), std::string::npos);
  EXPECT_NE(refused({"recycle", "x", ""}).find("expected one of none, optimistic, pessimistic"), std::string::npos);
  EXPECT_NE(refused({"recycle", "none", ""}).find("makes no sense with freelist"), std::string::npos);
  EXPECT_NE(refused({"recycle", "optimistic", "x"}).find("no bug is called 'x'; there are: no_tags"), std::string::npos);
  EXPECT_NE(refused({"recycle", "optimistic", "early_seal"}).find("one of process, which kill_reopen finds"),
            std::string::npos);
  EXPECT_NE(refused({"recycle", "optimistic", "marker_first"}).find("one of recovery"), std::string::npos);
  EXPECT_EQ(refused({"recycle", "optimistic", "marker_first"}, "crash"), "");
  EXPECT_NE(refused({"room 1; b", "none", ""}).find("expected 'a N'"), std::string::npos);
}

}  // namespace
}  // namespace rarena::models
