#include "simplest.hpp"

#include <fmt/format.h>

#include "explore.hpp"
#include "models/checker/report/trace.hpp"
#include "program_of.hpp"
#include "switches.hpp"

namespace rarena::models::checking {

namespace {

struct Best {
  std::optional<checker::Violation> violation = {};
  StepOrder order = {};
  std::uint64_t violating = 0;  // executions to choose from

  void look_at(const checker::Violation& v) {
    ++violating;
    StepOrder other = fewest_switches(v.graph);
    if (violation && !(other < order)) return;
    order = std::move(other);
    violation = v;
  }
};

std::string trace_of(const checker::Program& program, const Best& best) {
  std::string trace = checker::render(program, best.violation->graph, &*best.violation);
  if (trace.ends_with('\n')) trace.pop_back();
  return trace + fmt::format("\n{}: {}\n",
                             best.order.interleaved ? "with the fewest context switches" : "no interleaving; in this order",
                             describe(best.violation->graph, best.order));
}

}  // namespace

Ending simplest_of(Analysis& analysis, const Job& job, const Bounds& bounds, const std::string& invariant) {
  Ending ending;
  bool more = true;
  while (more && !ending.violation) {
    checker::Result result;
    with_program(job, analysis.wrap(), [&](const checker::Program& program) {
      Best best;
      auto options = explorer_options(bounds);
      options.counts = [&](const checker::Violation& v) {
        if (invariant_of(v) == invariant) best.look_at(v);
        return false;  // go on
      };
      checker::ShardReport report = checker::Explorer(program, options).run();
      const bool all_seen = report.result.verdict == checker::Verdict::held;
      if (best.violation) report.result.verdict = checker::Verdict::violation;
      report.result.violation = best.violation;
      ending = ending_of(program, report, bounds, "");
      if (best.violation)
        ending.more.update({{"interleaved", best.order.interleaved},
                            {"switches", best.order.switches},
                            {"old_reads", best.order.old_reads},
                            {"violating", best.violating},
                            {"all_seen", all_seen},
                            {"trace", trace_of(program, best)}});
      result = std::move(report.result);
    });
    more = analysis.next(result);
  }
  analysis.report(ending);
  return ending;
}

}  // namespace rarena::models::checking
