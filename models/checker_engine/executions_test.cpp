// The numbers of complete executions of the small scenarios are golden (executions.tsv): a checker that loses executions, or
// repeats some, shows here. A change of the algorithm in core changes them too; the CHANGELOG says which.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "budget.hpp"
#include "registry.hpp"
#include "run.hpp"

namespace rarena::models::checking {
namespace {

// What is run here has at most so many; the others take too long for a test.
constexpr std::uint64_t most = 20'000;

std::map<std::string, std::uint64_t> golden() {
  std::map<std::string, std::uint64_t> counts;
  std::ifstream file(RARENA_EXECUTIONS);
  std::string line, job, count;
  while (std::getline(file, line)) {
    if (line.empty() || line.starts_with("#")) continue;
    std::istringstream fields(line);
    std::getline(fields, job, '\t');
    std::getline(fields, count);
    counts[job] = std::stoull(count);
  }
  return counts;
}

TEST(Executions, AreTheGoldenOnes) {
  auto expected = golden();
  for (const auto* e : all_entries())
    for (const Freelist kind : {Freelist::none, Freelist::optimistic, Freelist::pessimistic}) {
      if (!contains(e->info.kinds, kind) || !effort_of(e->info.name, false).exhaustive) continue;
      const std::string job = std::string(e->info.name) + " " + std::string(name(kind));
      ASSERT_TRUE(expected.contains(job)) << job << " is missing in " << RARENA_EXECUTIONS;
      const std::uint64_t count = expected[job];
      expected.erase(job);
      if (count > most) continue;
      RunOptions options;
      options.names = {std::string(e->info.name), std::string(name(kind)), ""};
      const auto ending = run(options);
      ASSERT_TRUE(ending) << ending.error();
      EXPECT_EQ(ending->report.result.verdict, checker::Verdict::held) << job;
      EXPECT_EQ(ending->report.result.counters.complete, count) << job;
    }
  for (const auto& [job, count] : expected) ADD_FAILURE() << RARENA_EXECUTIONS << " has " << job << ", which no engine runs";
}

}  // namespace
}  // namespace rarena::models::checking
