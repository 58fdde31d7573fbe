#include "table.hpp"

#include <array>

#include "crash.hpp"
#include "halting.hpp"
#include "outcomes.hpp"

namespace rarena::models::checking {

namespace {

MadeAnalysis make_executions(const Job& job) {
  if (is_program(job.scenario.name) && clients::is_specified(job.scenario.program))
    return std::make_unique<OutcomesAnalysis>(job);
  return std::make_unique<Analysis>();
}
MadeAnalysis make_outcomes(const Job& job) {
  if (!clients::is_specified(job.scenario.program))
    return std::unexpected(
        "the outcomes of calls that merge by themselves, of magazines, and of sizes below a granule, are not specified");
  return std::make_unique<OutcomesAnalysis>(job);
}

constexpr std::array entries = {
    AnalysisEntry{"executions", make_executions},
    AnalysisEntry{"outcomes", make_outcomes},
    AnalysisEntry{"crash", make_crash},
    AnalysisEntry{"halting", make_halting},
};

}  // namespace

AnalysisTable analyses() { return {entries}; }

}  // namespace rarena::models::checking
