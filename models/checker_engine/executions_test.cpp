// The numbers of complete executions of the small scenarios are golden (executions.tsv): a checker that loses executions, or
// repeats some, shows here. A change of the algorithm in core changes them too; the CHANGELOG says which.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "engine.hpp"
#include "models/analyses/table.hpp"
#include "models/catalogue/catalogue.hpp"
#include "models/catalogue/names.hpp"

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
  for (const Scenario& s : scenarios())
    for (const Freelist kind : all_freelists) {
      if (!s.freelists.contains(kind) || !efforts_of(s.name, "checker")["quick"]["exhaustive"]) continue;
      const std::string named = s.name + " " + std::string(name(kind));
      ASSERT_TRUE(expected.contains(named)) << named << " is missing in " << RARENA_EXECUTIONS;
      const std::uint64_t count = expected[named];
      expected.erase(named);
      if (count > most) continue;
      const auto ending = CheckerEngine(analyses()).run({.scenario = s, .freelist = kind}, {});
      ASSERT_TRUE(ending) << ending.error();
      EXPECT_EQ(ending->verdict, Verdict::held) << named;
      EXPECT_EQ(ending->more["counters"]["complete"], count) << named;
    }
  for (const auto& [job, count] : expected) ADD_FAILURE() << RARENA_EXECUTIONS << " has " << job << ", which no engine runs";
}

}  // namespace
}  // namespace rarena::models::checking
