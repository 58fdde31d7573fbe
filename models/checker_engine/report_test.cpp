// What the checker engine reads back: reports of shards and artifacts. Bad ones are refused with a reason.
#include "report.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "run.hpp"

namespace rarena::models::checking {
namespace {

using nlohmann::ordered_json;

class Reports : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return testing::TempDir() + "rarena_report_test_" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  static RunOptions job() {
    RunOptions options;
    options.names = {"free_vs_allocate", "pessimistic", ""};
    return options;
  }
};

TEST_F(Reports, AShardComesBackAsItWas) {
  RunOptions options = job();
  options.shards = 3;
  options.shard = 1;
  const auto ending = run(options);
  ASSERT_TRUE(ending);
  const ordered_json json = to_json(*ending);
  const auto back = read_shard(write("shard.json", json.dump()));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(to_json(*back), json);
}

TEST_F(Reports, AReportOfNoShardIsRefused) {
  const auto ending = run(job());
  ASSERT_TRUE(ending);
  ordered_json json = to_json(*ending);
  EXPECT_FALSE(json.contains("shard"));
  const std::string file = write("whole.json", json.dump());
  EXPECT_EQ(read_shard(file).error(), "'" + file + "': expected a field \"shard\" of another type or value, found nothing");
  EXPECT_FALSE(read_shard(write("text.json", "no JSON")));
  EXPECT_FALSE(read_shard(path("missing.json")));
}

TEST_F(Reports, ShardsOfAScenarioAddUp) {
  const auto whole = run(job());
  ASSERT_TRUE(whole);
  std::vector<checker::ShardReport> reports;
  for (unsigned i = 0; i < 4; ++i) {
    RunOptions options = job();
    options.shards = 4;
    options.shard = i;
    const auto ending = run(options);
    ASSERT_TRUE(ending);
    reports.push_back(ending->report);
  }
  std::string why;
  const checker::Result merged = checker::merge(reports, why);
  EXPECT_EQ(why, "");
  EXPECT_EQ(merged.counters.complete, whole->report.result.counters.complete);
  EXPECT_EQ(merged.counters.blocked, whole->report.result.counters.blocked);
  EXPECT_EQ(merged.counters.not_interleaved, whole->report.result.counters.not_interleaved);
}

TEST_F(Reports, AViolationLeavesAnArtifactThatReplays) {
  RunOptions options = job();
  options.names.mutant = "unlink_relaxed";
  options.artifact = path("artifact.json");
  const auto ending = run(options);
  ASSERT_TRUE(ending);
  ASSERT_EQ(ending->report.result.verdict, checker::Verdict::violation);
  const auto artifact = read_artifact(options.artifact);
  ASSERT_TRUE(artifact) << artifact.error();
  testing::internal::CaptureStdout();
  EXPECT_EQ(replay(*artifact), true);
  const std::string trace = testing::internal::GetCapturedStdout();
  EXPECT_NE(trace.find("claim_unlink"), std::string::npos);
  EXPECT_NE(trace.find("core/freelist/sorted_list.hpp:"), std::string::npos);

  Artifact shipped = *artifact;  // the shipped code has another order there
  shipped.names.mutant = "";
  testing::internal::CaptureStdout();
  EXPECT_EQ(replay(shipped), false);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("first difference: "), std::string::npos);
}

TEST_F(Reports, BadArtifactsAreRefused) {
  const auto refused = [&](const std::string& text) {
    const auto artifact = read_artifact(write("bad.json", text));
    EXPECT_FALSE(artifact);
    return artifact ? "" : artifact.error();
  };
  EXPECT_NE(refused("[]").find("is not a JSON object"), std::string::npos);
  EXPECT_NE(refused("{}").find("expected a field \"engine\""), std::string::npos);
  EXPECT_NE(refused(R"({"engine":"relacy"})").find("expected engine \"checker\", found \"relacy\""), std::string::npos);
  EXPECT_NE(refused(R"({"engine":"checker","scenario":"churn","freelist":"none","mutant":"","weak_failures":1,"execution":{}})")
                .find("execution: "),
            std::string::npos);
}

TEST_F(Reports, BadOptionsAreRefused) {
  const auto refused = [](auto change) {
    RunOptions options = job();
    change(options);
    const auto ending = run(options);
    return ending ? "" : ending.error();
  };
  EXPECT_NE(refused([](RunOptions& o) { o.names.scenario = "x"; }).find("no scenario is called 'x'"), std::string::npos);
  EXPECT_NE(refused([](RunOptions& o) { o.names.freelist = "x"; }).find("expected none, optimistic or pessimistic"),
            std::string::npos);
  EXPECT_NE(refused([](RunOptions& o) { o.names.freelist = "none"; }).find("makes no sense with freelist"), std::string::npos);
  EXPECT_NE(refused([](RunOptions& o) { o.names.mutant = "x"; }).find("no mutant is called 'x'"), std::string::npos);
  EXPECT_NE(refused([](RunOptions& o) { o.scheduler = "x"; }).find("expected exhaustive, bound or random"), std::string::npos);
  EXPECT_NE(refused([](RunOptions& o) { o.shard = 1; }).find("found shard 1 of 1"), std::string::npos);
  EXPECT_NE(refused([](RunOptions& o) {
              o.artifact = "/nonexistent/x", o.names.mutant = "unlink_relaxed";
            }).find("cannot write the artifact"),
            std::string::npos);
}

TEST_F(Reports, RandomAndBoundedRunsAreNotExhaustive) {
  RunOptions options = job();
  options.scheduler = "random";
  options.iterations = 200;
  const auto random = run(options);
  ASSERT_TRUE(random);
  EXPECT_EQ(to_json(*random)["exhaustive"], false);
  options.scheduler = "bound";
  options.bound = 3;
  const auto bounded = run(options);
  ASSERT_TRUE(bounded);
  EXPECT_EQ(to_json(*bounded)["exhaustive"], false);
  EXPECT_GT(bounded->report.result.counters.cut, 0U);
}

}  // namespace
}  // namespace rarena::models::checking
