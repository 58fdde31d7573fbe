#include "analysis.hpp"

#include <array>

#include "crash.hpp"
#include "halting.hpp"
#include "outcomes.hpp"

namespace rarena::models::checking {

namespace {

using Made = std::expected<std::unique_ptr<Analysis>, std::string>;

Made make_executions(const Job& job) {
  if (is_program(job.scenario.name)) return std::make_unique<OutcomesAnalysis>(job);
  return std::make_unique<Analysis>();
}
Made make_outcomes(const Job& job) { return std::make_unique<OutcomesAnalysis>(job); }

struct Entry {
  const char* name;
  Made (*make)(const Job&);
};
constexpr std::array entries = {
    Entry{"executions", make_executions},
    Entry{"outcomes", make_outcomes},
    Entry{"crash", make_crash},
    Entry{"halting", make_halting},
};

}  // namespace

std::vector<std::string> analysis_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  return names;
}

Made analysis_of(const Job& job) {
  for (const Entry& entry : entries)
    if (job.analysis.name == entry.name) return entry.make(job);
  return std::unexpected("no analysis is called '" + job.analysis.name + "'");
}

}  // namespace rarena::models::checking
