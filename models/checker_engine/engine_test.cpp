// The checker engine: shards come back and add up, a violation replays, and what makes no sense is refused with a reason.
#include "engine.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "explore.hpp"
#include "models/analyses/table.hpp"
#include "models/engine/shrink.hpp"
#include "program_of.hpp"
#include "shards.hpp"

namespace rarena::models::checking {
namespace {

using nlohmann::ordered_json;

Job job(const char* bug = "") { return job_of({"free_vs_allocate", "pessimistic", bug}).value(); }

std::string path(const std::string& name) { return testing::TempDir() + "rarena_engine_test_" + name; }
std::string write(const std::string& name, const std::string& text) {
  std::ofstream(path(name)) << text;
  return path(name);
}

Ending run_shard(unsigned index, unsigned total) {
  return CheckerEngine(analyses()).run(job(), {.scheduler = "exhaustive", .shards = total, .shard = index}).value();
}

TEST(Shards, ComeBackAsTheyWere) {
  const ordered_json json = to_json(run_shard(1, 3), "");
  const auto back = read_shard(write("shard.json", json.dump()));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(shard_of(back->report, back->job), json["shard"]);
  EXPECT_EQ(to_json(back->report.result.counters), json["counters"]);
}

TEST(Shards, AReportOfNoShardIsRefused) {
  const ordered_json json = to_json(CheckerEngine(analyses()).run(job(), {}).value(), "");
  EXPECT_FALSE(json.contains("shard"));
  const std::string file = write("whole.json", json.dump());
  EXPECT_EQ(read_shard(file).error(), "'" + file + "': expected a field \"shard\" of another type or value, found nothing");
  EXPECT_FALSE(read_shard(write("text.json", "no JSON")));
  EXPECT_FALSE(read_shard(path("missing.json")));
}

TEST(Shards, AddUp) {
  const Ending whole = CheckerEngine(analyses()).run(job(), {}).value();
  std::vector<std::string> files;
  for (unsigned i = 0; i < 4; ++i) files.push_back(write("part" + std::to_string(i), to_json(run_shard(i, 4), "").dump()));
  const auto merged = merge_shards(files);
  ASSERT_TRUE(merged) << merged.error();
  EXPECT_EQ(merged->verdict, Verdict::held);
  for (const char* counter : {"complete", "blocked", "not_interleaved"})
    EXPECT_EQ(merged->more["counters"][counter], whole.more["counters"][counter]);
  files.pop_back();
  EXPECT_EQ(merge_shards(files)->verdict, Verdict::incomplete);
}

TEST(Engine, AViolationLeavesAFindingThatReplays) {
  CheckerEngine engine{analyses()};
  const Job with_bug = job("unlink_relaxed");
  const auto ending = engine.run(with_bug, {});
  ASSERT_TRUE(ending && ending->violation);
  EXPECT_NE(ending->suspects.front().find("wrote, and does not synchronize with it"), std::string::npos);
  const Finding finding = finding_of(engine, with_bug, {}, *ending);
  testing::internal::CaptureStdout();
  const auto replayed = engine.replay(with_bug, finding, false);
  const std::string trace = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(replayed) << replayed.error();
  EXPECT_TRUE(replayed->reproduced);
  EXPECT_NE(trace.find("claim_unlink"), std::string::npos);
  EXPECT_NE(trace.find("core/freelist/sorted_list.hpp:"), std::string::npos);

  testing::internal::CaptureStdout();  // the shipped code has another order there
  const auto control = engine.replay(job(), finding, false);
  testing::internal::GetCapturedStdout();
  ASSERT_TRUE(control);
  EXPECT_FALSE(control->reproduced);
  EXPECT_NE(control->what.find("first difference: "), std::string::npos);
}

TEST(Engine, SuspectsOfARelaxedUnlinkNameIt) {
  const auto ending = CheckerEngine(analyses()).run(job("unlink_relaxed"), {});
  ASSERT_TRUE(ending && ending->violation);
  EXPECT_TRUE(std::ranges::any_of(ending->suspects, [](const std::string& s) { return s.contains("claim_unlink"); }));
}

TEST(Engine, WhatMakesNoSenseIsRefused) {
  const auto refused = [](const Bounds& bounds) {
    const auto ending = CheckerEngine(analyses()).run(job(), bounds);
    return ending ? "" : ending.error();
  };
  EXPECT_NE(refused({.shard = 1}).find("found shard 1 of 1"), std::string::npos);
  EXPECT_NE(refused({.scheduler = "random", .shards = 2}).find("have no shards"), std::string::npos);
  Finding finding;
  finding.attachments = {{"execution", ordered_json::object()}};
  EXPECT_NE(CheckerEngine(analyses()).replay(job(), finding, false).error().find("is refused: "), std::string::npos);
  finding.attachments = ordered_json::object();
  EXPECT_NE(CheckerEngine(analyses()).replay(job(), finding, false).error().find("expected an \"execution\""),
            std::string::npos);
}

TEST(Engine, RandomAndBoundedRunsAreNotExhaustive) {
  const auto random = CheckerEngine(analyses()).run(job(), {.scheduler = "random", .iterations = 200});
  ASSERT_TRUE(random);
  EXPECT_EQ(random->more["exhaustive"], false);
  const auto bounded = CheckerEngine(analyses()).run(job(), {.scheduler = "bound", .bound = 3});
  ASSERT_TRUE(bounded);
  EXPECT_EQ(bounded->more["exhaustive"], false);
  EXPECT_GT(bounded->more["counters"]["cut"], 0U);
}

}  // namespace
}  // namespace rarena::models::checking
