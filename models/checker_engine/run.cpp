#include "run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>

#include "clients.hpp"
#include "models/checker/explore/sampler.hpp"
#include "models/checker/report/replayer.hpp"
#include "models/checker/report/trace.hpp"

namespace rarena::models::checking {

namespace {

constexpr int step_bound = 400;  // the longest thread of a scenario that held took about 80

// `expected`: how many executions there will be; 0: not known. An estimate may be too low, so it never says that all is done.
void print_progress(const checker::ExplorationProgress& p, double expected) {
  const auto done = static_cast<double>(p.counters.executions());
  const std::string fraction = expected > 0 ? fmt::format(",\"fraction\":{:.3f}", std::min(0.99, done / expected)) : "";
  fmt::print("{{\"progress\":{{\"iterations\":{},\"seconds\":{:.1f}{}}}}}\n", p.counters.executions(), p.seconds, fraction);
  std::fflush(stdout);
}

checker::Execution::Limits limits_of(unsigned weak_failures) {
  return {.weak_failures = weak_failures, .step_bound = step_bound};
}

}  // namespace

checker::Explorer::Options explorer_options(const RunOptions& o) {
  return {.limits = limits_of(o.weak_failures),
          .deviations = o.scheduler == "bound" ? static_cast<int>(o.bound) : -1,
          .shard = {.total = o.shards, .index = o.shard},
          .maximum_executions = o.maximum_executions,
          .progress = {}};
}

namespace {

// Prints progress. The estimate it needs is made when the run proves to be long, and again, with more effort, when the run
// comes near it: estimates are more often too low than too high.
class ProgressLine {
 public:
  ProgressLine(const checker::Program& program, const RunOptions& options) : program_(program), options_(options) {
    if (options.scheduler == "random") expected_ = static_cast<double>(options.iterations);
  }
  void operator()(const checker::ExplorationProgress& p) {
    const auto done = static_cast<double>(p.counters.executions());
    if (options_.scheduler == "exhaustive" && population_ <= most && done > 0.9 * expected_) {
      const auto estimate = checker::Explorer(program_, explorer_options(options_)).estimate(options_.seed, population_);
      expected_ = std::max(expected_, estimate.executions / options_.shards);
      population_ *= 4;
    }
    print_progress(p, expected_);
  }

 private:
  static constexpr std::size_t most = 4'000;

  const checker::Program& program_;
  const RunOptions& options_;
  double expected_ = 0;
  std::size_t population_ = 1000;
};

// Parts enough for every shard to get many, large and small.
constexpr std::uint64_t frontier_nodes_per_shard = 20'000;

checker::ShardReport explore(const checker::Program& program, const RunOptions& o) {
  checker::Explorer::Options options = explorer_options(o);
  if (!options.shard.whole())
    options.shard.depth = checker::Explorer::frontier_depth(program, options, frontier_nodes_per_shard * o.shards);
  options.progress = ProgressLine(program, o);
  return checker::Explorer(program, options).run();
}

checker::ShardReport sample(const checker::Program& program, const RunOptions& o) {
  checker::Sampler sampler(program, {.limits = limits_of(o.weak_failures),
                                     .seed = o.seed,
                                     .samples = o.iterations,
                                     .first = o.first,
                                     .maximum_executions = o.maximum_executions,
                                     .progress = ProgressLine(program, o)});
  checker::ShardReport report;
  report.result = sampler.run();
  return report;
}

std::string wrong_with(const RunOptions& o) {
  if (o.scheduler != "exhaustive" && o.scheduler != "bound" && o.scheduler != "random")
    return "no scheduler is called '" + o.scheduler + "'; expected exhaustive, bound or random";
  if (o.scheduler == "random" && (o.iterations == 0 || o.first == 0)) return "--first and --iterations must be at least 1";
  if (o.shards == 0 || o.shard >= o.shards)
    return fmt::format("expected a shard below their number, found shard {} of {}", o.shard, o.shards);
  if (o.shards > 1 && o.scheduler == "random") return "random executions have no shards; use --first and --iterations";
  return "";
}

std::string job_text(const RunOptions& o) {
  const std::string crash = o.crash ? fmt::format(" {} {} {}", o.crash->mode, o.crash->defect, o.crash->page) : "";
  return fmt::format("{} {} {} {} {} weak {}{}", o.names.scenario, o.names.freelist,
                     o.names.mutant.empty() ? "-" : o.names.mutant, o.scheduler, o.bound, o.weak_failures, crash);
}

// Calls use(program) with the program that the names mean. Empty: done.
std::string with_named(const Names& names, const Use& use, const Halting* halting = nullptr, const Crash* crash = nullptr) {
  if (clients::is_program(names.scenario)) return with_client_named(names, use, halting, crash);
  const auto selection = select(all_entries(), names);
  if (!selection) return selection.error();
  const Job job{.kind = selection->kind, .mutant = selection->mutant, .halting = halting, .crash = crash};
  selection->entry->runner(job.mutant)(job, use);
  return "";
}

}  // namespace

bool write_artifact(const RunOptions& o, const checker::Program& program, const checker::Violation& violation,
                    std::optional<HaltingPoint> halting) {
  std::ofstream file(o.artifact);
  const Artifact artifact{.names = o.names,
                          .halting = halting,
                          .crash = o.crash,
                          .weak_failures = o.weak_failures,
                          .execution = checker::record(program, violation)};
  file << to_json(artifact, violation).dump(1) << "\n";
  return static_cast<bool>(file.flush());
}

std::expected<Ending, std::string> run(const RunOptions& options) {
  std::string wrong = wrong_with(options);
  if (!wrong.empty()) return std::unexpected(wrong);
  Ending ending;
  ending.weak_failures = options.weak_failures;
  ending.job = job_text(options);
  std::string failure;
  const auto crash = options.crash ? crash_of(*options.crash) : Crash{};
  if (!crash) return std::unexpected(crash.error());
  crash::Counters crashes;
  Crash counted = *crash;
  counted.counters = &crashes;
  const Use use = [&](const checker::Program& program) {
    ending.report = options.scheduler == "random" ? sample(program, options) : explore(program, options);
    const auto& violation = ending.report.result.violation;
    if (!violation || options.artifact.empty()) return;
    if (write_artifact(options, program, *violation))
      ending.artifact = options.artifact;
    else
      failure = "cannot write the artifact '" + options.artifact + "'";
  };
  wrong = with_named(options.names, use, nullptr, options.crash ? &counted : nullptr);
  if (options.crash) ending.crash = crashes;
  if (!wrong.empty() || !failure.empty()) return std::unexpected(wrong.empty() ? failure : wrong);
  if (ending.report.result.verdict == checker::Verdict::incomplete) ending.message = "stopped at the maximum of executions";
  return ending;
}

namespace {

// One thread, one place. False: the thread never comes so far, or the others do not come to their ends.
bool halt_at(const RunOptions& o, HaltingPoint point, HaltingEnding& ending, std::string& wrong) {
  bool happened = false;
  const Halting halting{point.thread, point.before, &ending.longest, &happened};
  const Use use = [&](const checker::Program& program) {
    if (point.thread >= program.threads.size()) return;
    const checker::Result result = checker::Explorer(program, explorer_options(o)).run().result;
    ending.executions += result.counters.executions();
    ending.complete = ending.complete && result.verdict == checker::Verdict::held;
    if (!result.violation) return;
    ending.violation = result.violation;
    ending.at = point;
    if (o.artifact.empty()) return;
    if (write_artifact(o, program, *result.violation, point))
      ending.artifact = o.artifact;
    else
      wrong = "cannot write the artifact '" + o.artifact + "'";
  };
  const std::string unnamed = with_named(o.names, use, &halting);
  if (!unnamed.empty()) wrong = unnamed;
  if (happened) ++ending.points;
  return happened && wrong.empty() && !ending.violation;
}

}  // namespace

std::expected<HaltingEnding, std::string> run_halting(const RunOptions& options) {
  HaltingEnding ending;
  std::string wrong = wrong_with(options);
  const auto began = std::chrono::steady_clock::now();
  for (unsigned thread = 0; wrong.empty() && !ending.violation && thread < maximum_threads; ++thread)
    for (unsigned before = 0; halt_at(options, {thread, before}, ending, wrong); ++before) {
    }
  if (!wrong.empty()) return std::unexpected(wrong);
  ending.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return ending;
}

nlohmann::ordered_json to_json(const HaltingEnding& e) {
  nlohmann::ordered_json json = {{"verdict", e.violation ? "violation" : "held"},
                                 {"iterations", e.executions},
                                 {"seconds", e.seconds},
                                 {"kind", e.violation ? checker::name(e.violation->fault) : ""},
                                 {"invariant", e.violation ? invariant_of(*e.violation) : ""},
                                 {"message", e.violation ? e.violation->message : ""},
                                 {"artifact", e.artifact},
                                 {"points", e.points},
                                 {"complete", e.complete},
                                 {"steps", nlohmann::ordered_json::object()}};
  for (std::size_t i = 0; i < call_names.size(); ++i)
    if (e.longest[i] != 0) json["steps"][std::string(call_names[i])] = e.longest[i];
  if (e.at) json["halting"] = {{"thread", e.at->thread}, {"before", e.at->before}};
  return json;
}

std::expected<checker::Estimate, std::string> estimate(const RunOptions& options, std::size_t population) {
  checker::Estimate estimate;
  const std::string wrong = with_named(options.names, [&](const checker::Program& program) {
    estimate = checker::Explorer(program, explorer_options(options)).estimate(options.seed, population);
  });
  if (!wrong.empty()) return std::unexpected(wrong);
  return estimate;
}

std::expected<bool, std::string> replay(const Artifact& artifact) {
  bool reproduced = false;
  const auto show = [&](const checker::Program& program) {
    checker::Replayer replayer(program, artifact.execution);
    const checker::Replay outcome = replayer.run();
    reproduced = outcome.reproduced;
    fmt::print("{}\n", checker::render(program, replayer.graph(), outcome.violation ? &*outcome.violation : nullptr));
    if (!reproduced) fmt::print("first difference: {}\n", outcome.difference);
    std::fflush(stdout);
  };
  try {
    CallSteps steps{};
    bool happened = false;
    const HaltingPoint point = artifact.halting.value_or(HaltingPoint{});
    const Halting halting{point.thread, point.before, &steps, &happened};
    const auto crash = artifact.crash ? crash_of(*artifact.crash) : Crash{};
    if (!crash) return std::unexpected(crash.error());
    const std::string wrong =
        with_named(artifact.names, show, artifact.halting ? &halting : nullptr, artifact.crash ? &*crash : nullptr);
    if (!wrong.empty()) return std::unexpected(wrong);
  } catch (const std::invalid_argument& error) {
    return std::unexpected("the recorded execution is refused: " + std::string(error.what()));
  }
  return reproduced;
}

}  // namespace rarena::models::checking
