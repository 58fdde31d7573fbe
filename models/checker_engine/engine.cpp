#include "engine.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "explore.hpp"
#include "models/checker/report/replayer.hpp"
#include "models/checker/report/trace.hpp"
#include "program_of.hpp"
#include "simplest.hpp"

namespace rarena::models::checking {

namespace {

// What shards must have in common.
std::string text_of(const Job& job, const Bounds& b) {
  return fmt::format("{}, {} {}, {} spurious failures {}", describe(job), b.scheduler, b.bound, b.weak_failures,
                     job.analysis.options.dump());
}

Bounds completed(Bounds bounds) {
  if (bounds.scheduler.empty()) bounds.scheduler = "exhaustive";
  return bounds;
}

}  // namespace

std::expected<Ending, std::string> CheckerEngine::run(const Job& job, const Bounds& given) {
  const Bounds bounds = completed(given);
  if (const std::string wrong = wrong_with(bounds); !wrong.empty()) return std::unexpected(wrong);
  const auto analysis = analyses_.make(job);
  if (!analysis) return std::unexpected(analysis.error());
  Ending all;
  bool more = true;
  while (more) {
    checker::Result result;
    with_program(job, (*analysis)->wrap(), [&](const checker::Program& program) {
      const checker::ShardReport report = explore(program, bounds);
      Ending ending = ending_of(program, report, bounds, text_of(job, bounds));
      ending.iterations += all.iterations;
      ending.seconds += all.seconds;
      if (all.verdict == Verdict::incomplete && ending.verdict == Verdict::held) ending.verdict = all.verdict;
      all = std::move(ending);
      result = report.result;
    });
    more = (*analysis)->next(result);
  }
  (*analysis)->report(all);
  return all;
}

std::expected<Replayed, std::string> CheckerEngine::replay(const Job& job, const Finding& finding, bool) {
  const auto analysis = analyses_.make(job);
  if (!analysis) return std::unexpected(analysis.error());
  if (!finding.attachments.contains("execution")) return std::unexpected("expected an \"execution\" among the attachments");
  Replayed replayed;
  try {
    const checker::Recording recording = checker::from_json(finding.attachments["execution"].dump());
    with_program(job, (*analysis)->wrap(), [&](const checker::Program& program) {
      checker::Replayer replayer(program, recording);
      const checker::Replay outcome = replayer.run();
      const checker::Violation* const found = outcome.violation ? &*outcome.violation : nullptr;
      fmt::print("{}\n", checker::render(program, replayer.graph(), found));
      std::fflush(stdout);
      replayed = {outcome.reproduced, outcome.reproduced && found ? found->message : "first difference: " + outcome.difference};
    });
  } catch (const std::invalid_argument& error) {
    return std::unexpected("the recorded execution is refused: " + std::string(error.what()));
  }
  return replayed;
}

std::expected<Ending, std::string> CheckerEngine::simplest(const Job& job, const Bounds& bounds, const std::string& invariant) {
  const auto analysis = analyses_.make(job);
  if (!analysis) return std::unexpected(analysis.error());
  return simplest_of(**analysis, job, completed(bounds), invariant);
}

}  // namespace rarena::models::checking
