// The simulator: executions are functions of the bytes, the scheduler is fair where it must be, and artifacts come back.
#include "simulator.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "artifact.hpp"
#include "random_bytes.hpp"

namespace rarena::models::schedule {
namespace {

// The first seed that shows something, or 0; and what.
std::pair<std::uint64_t, std::string> first_violation(const Job& job, std::uint64_t seeds) {
  Simulator simulator(job);
  RandomBytes random;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    if (const char* wrong = simulator.run(random(seed))) return {seed, wrong};
  return {0, ""};
}

TEST(Simulator, ShippedCodeHoldsInEveryScenarioForEveryKind) {
  for (const auto* entry : all_entries())
    for (const Freelist kind : {Freelist::none, Freelist::optimistic, Freelist::pessimistic})
      if (contains(entry->info.kinds, kind)) {
        const auto [seed, message] = first_violation({entry, kind, nullptr}, 500);
        EXPECT_EQ(seed, 0U) << entry->info.name << " " << name(kind) << ": " << message;
      }
}

TEST(Simulator, AnExecutionIsAFunctionOfTheBytesItUses) {
  const auto job = resolve({"free_vs_allocate", "pessimistic", "publish_relaxed"});
  ASSERT_TRUE(job) << job.error();
  RandomBytes random;
  std::vector<std::string> before;
  for (unsigned round = 0; round < 2; ++round) {
    Simulator simulator(*job);
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      const auto bytes = random(seed);
      const char* wrong = simulator.run(bytes);
      const std::string now = std::string(wrong ? wrong : "") + " " + std::to_string(simulator.used());
      if (round == 0) before.push_back(now);
      EXPECT_EQ(now, before[seed - 1]);
      const auto used = simulator.used();
      const char* again = simulator.run(bytes.first(used));
      EXPECT_EQ(std::string(again ? again : "") + " " + std::to_string(simulator.used()), now);
    }
  }
}

TEST(Simulator, ZerosRunTheThreadsOneAfterTheOther) {
  const auto job = resolve({"bump_vs_bump", "none", ""});
  ASSERT_TRUE(job) << job.error();
  Simulator simulator(*job);
  EXPECT_EQ(simulator.run({}), nullptr);
  EXPECT_EQ(simulator.used(), 0U);
  const std::vector<std::uint8_t> zeros(100);
  EXPECT_EQ(simulator.run(zeros), nullptr);
  EXPECT_GT(simulator.used(), 0U);
}

TEST(Simulator, ARunWithoutProgressIsReported) {
  const auto job = resolve({"abandoned_unlink", "optimistic", "no_helping"});
  ASSERT_TRUE(job) << job.error();
  EXPECT_EQ(first_violation(*job, 10).second.substr(0, 5), "PRG-1");
}

TEST(Simulator, CountersDependOnTheSchedule) {
  const auto job = resolve({"free_vs_allocate", "pessimistic", ""});
  ASSERT_TRUE(job) << job.error();
  const auto counted = [&](std::uint64_t seed) {
    std::array<std::uint8_t, 1024> counters{};
    Simulator simulator(*job, nullptr, counters);
    RandomBytes random;
    simulator.run(random(seed));
    return counters;
  };
  EXPECT_EQ(counted(1), counted(1));
  EXPECT_NE(counted(1), counted(2));
}

TEST(Artifact, ComesBackAsItWas) {
  const auto path = (std::filesystem::path(testing::TempDir()) / "schedule_artifact.json").string();
  const Artifact artifact{{"recycle", "optimistic", "crate_protocol"}, {0x00, 0x8f, 0xff}, "PRG-1: x"};
  ASSERT_TRUE(write_artifact(path, artifact));
  const auto read = read_artifact(path);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(to_json(*read), to_json(artifact));
}

TEST(Artifact, SaysWhatWasExpected) {
  const auto path = (std::filesystem::path(testing::TempDir()) / "schedule_bad_artifact.json").string();
  std::ofstream(path) << R"({"engine":"schedule","bytes":"0g"})";
  EXPECT_NE(read_artifact(path).error().find("hexadecimal"), std::string::npos);
  std::ofstream(path) << R"({"engine":"relacy"})";
  EXPECT_NE(read_artifact(path).error().find("found \"relacy\""), std::string::npos);
}

}  // namespace
}  // namespace rarena::models::schedule
