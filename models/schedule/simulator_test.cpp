// The simulator: executions are functions of the bytes, the scheduler is fair where it must be, and what replays them comes
// back.
#include "simulator.hpp"

#include <gtest/gtest.h>

#include "models/catalogue/catalogue.hpp"
#include "models/catalogue/names.hpp"
#include "random_bytes.hpp"
#include "recording.hpp"

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
  for (const Scenario& s : scenarios())
    for (const Freelist kind : all_freelists)
      if (s.freelists.contains(kind)) {
        const auto [seed, message] = first_violation({.scenario = s, .freelist = kind}, 500);
        EXPECT_EQ(seed, 0U) << s.name << " " << name(kind) << ": " << message;
      }
}

TEST(Simulator, AnExecutionIsAFunctionOfTheBytesItUses) {
  const auto job = job_of({"free_vs_allocate", "pessimistic", "publish_relaxed"});
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
  const auto job = job_of({"bump_vs_bump", "none", ""});
  ASSERT_TRUE(job) << job.error();
  Simulator simulator(*job);
  EXPECT_EQ(simulator.run({}), nullptr);
  EXPECT_EQ(simulator.used(), 0U);
  const std::vector<std::uint8_t> zeros(100);
  EXPECT_EQ(simulator.run(zeros), nullptr);
  EXPECT_GT(simulator.used(), 0U);
}

TEST(Simulator, ARunWithoutProgressIsReported) {
  const auto job = job_of({"abandoned_unlink", "optimistic", "no_helping"});
  ASSERT_TRUE(job) << job.error();
  EXPECT_EQ(first_violation(*job, 10).second.substr(0, 5), "PRG-1");
}

TEST(Simulator, CountersDependOnTheSchedule) {
  const auto job = job_of({"free_vs_allocate", "pessimistic", ""});
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

TEST(Recording, ComesBackAsItWas) {
  const std::vector<std::uint8_t> bytes = {0x00, 0x8f, 0xff};
  EXPECT_EQ(recording_of(bytes)["bytes"], "008fff");
  EXPECT_EQ(bytes_of(recording_of(bytes)), bytes);
}

TEST(Recording, SaysWhatWasExpected) {
  for (const char* text : {"0g", "0", "8F"})
    EXPECT_NE(bytes_of({{"bytes", text}}).error().find("hexadecimal"), std::string::npos) << text;
  EXPECT_FALSE(bytes_of({{"bytes", 1}}));
  EXPECT_FALSE(bytes_of(nlohmann::ordered_json::object()));
}

TEST(Suspects, NameTheReadsThatDoNotSynchronize) {
  const auto job = job_of({"cursor_hand_over", "none", "give_back_relaxed"});
  ASSERT_TRUE(job) << job.error();
  Simulator simulator(*job);
  RandomBytes random;
  std::uint64_t seed = 1;
  while (simulator.run(random(seed)) == nullptr) ++seed;
  const auto suspects = simulator.suspects().sentences();
  ASSERT_FALSE(suspects.empty());
  EXPECT_TRUE(suspects.front().contains("cursor_give_back")) << suspects.front();
}

}  // namespace
}  // namespace rarena::models::schedule
