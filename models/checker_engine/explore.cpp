#include "explore.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arena_program.hpp"
#include "models/checker/explore/sampler.hpp"
#include "models/checker/report/recording.hpp"
#include "models/engine/progress.hpp"
#include "models/engine/suspects.hpp"
#include "shards.hpp"

namespace rarena::models::checking {

namespace {

constexpr int step_bound = 400;  // the longest thread of a scenario that held took about 80

// Parts enough for every shard to get many, large and small.
constexpr std::uint64_t frontier_nodes_per_shard = 20'000;

checker::Execution::Limits limits_of(const Bounds& bounds) {
  return {.weak_failures = bounds.weak_failures, .step_bound = step_bound};
}

// Prints progress. The estimate it needs is made when the run proves to be long, and again, with more effort, when the run
// comes near it: estimates are more often too low than too high, so it never says that all is done.
class ProgressLine {
 public:
  ProgressLine(const checker::Program& program, const Bounds& bounds) : program_(program), bounds_(bounds) {
    program_.judge = nullptr;  // an estimate is not what an analysis is to count
    if (bounds.scheduler == "random") expected_ = static_cast<double>(bounds.iterations);
  }
  void operator()(const checker::ExplorationProgress& p) {
    const auto done = static_cast<double>(p.counters.executions());
    if (bounds_.scheduler == "exhaustive" && population_ <= most && done > 0.9 * expected_) {
      const auto estimate = checker::Explorer(program_, explorer_options(bounds_)).estimate(bounds_.seed, population_);
      expected_ = std::max(expected_, estimate.executions / bounds_.shards);
      population_ *= 4;
    }
    const std::string fraction =
        expected_ > 0 ? fmt::format(",\"fraction\":{:.3f}", std::min(0.99, done / expected_)) : std::string();
    progress_.say(p.counters.executions(), fraction.c_str());
  }

 private:
  static constexpr std::size_t most = 4'000;

  checker::Program program_;
  const Bounds& bounds_;
  double expected_ = 0;  // executions; 0: not known
  std::size_t population_ = 1000;
  Progress progress_;
};

checker::ShardReport sample(const checker::Program& program, const Bounds& bounds) {
  checker::Sampler sampler(program, {.limits = limits_of(bounds),
                                     .seed = bounds.seed,
                                     .samples = bounds.iterations,
                                     .first = bounds.first,
                                     .maximum_executions = bounds.maximum,
                                     .progress = ProgressLine(program, bounds)});
  checker::ShardReport report;
  report.result = sampler.run();
  return report;
}

// Reads of what another thread wrote that the write does not happen before.
std::vector<std::string> suspects_of(const checker::Graph& graph) {
  Suspects suspects;
  for (int i = 0; i < graph.size(); ++i) {
    const checker::Event& read = graph[static_cast<checker::Stamp>(i)];
    if (read.kind != checker::Kind::read || read.source < 0 || !ArenaProgram::is_site(read.request.label)) continue;
    const checker::Event& write = graph[read.source];
    if (write.thread == read.thread || write.in(read.happens_before)) continue;
    suspects.add(ArenaProgram::site(write.request.label), ArenaProgram::site(read.request.label));
  }
  return suspects.sentences();
}

Verdict verdict_of(checker::Verdict verdict) {
  switch (verdict) {
    case checker::Verdict::violation: return Verdict::violation;
    case checker::Verdict::vacuous:
    case checker::Verdict::incomplete: return Verdict::incomplete;
    case checker::Verdict::held:
    case checker::Verdict::bounded: return Verdict::held;
  }
  return Verdict::incomplete;
}

}  // namespace

std::string wrong_with(const Bounds& b) {
  if (b.shards == 0 || b.shard >= b.shards)
    return fmt::format("expected a shard below their number, found shard {} of {}", b.shard, b.shards);
  if (b.scheduler == "random" && b.shards > 1) return "random executions have no shards; use --first and --iterations";
  return "";
}

checker::Explorer::Options explorer_options(const Bounds& b) {
  checker::Explorer::Options options{.limits = limits_of(b),
                                     .deviations = b.scheduler == "bound" ? static_cast<int>(b.bound) : -1,
                                     .shard = {.total = b.shards, .index = b.shard},
                                     .maximum_executions = b.maximum,
                                     .progress = {}};
  if (!b.invariant.empty())
    options.counts = [wanted = b.invariant](const checker::Violation& v) { return invariant_of(v) == wanted; };
  return options;
}

checker::ShardReport explore(const checker::Program& program, const Bounds& bounds) {
  if (bounds.scheduler == "random") return sample(program, bounds);
  checker::Explorer::Options options = explorer_options(bounds);
  if (!options.shard.whole())
    options.shard.depth = checker::Explorer::frontier_depth(program, options, frontier_nodes_per_shard * bounds.shards);
  options.progress = ProgressLine(program, bounds);
  return checker::Explorer(program, options).run();
}

std::string invariant_of(const checker::Violation& v) {
  switch (v.fault) {
    case checker::Fault::data_race: return "SEG-3";
    case checker::Fault::unwritten: return "FL-2";
    case checker::Fault::step_bound:
    case checker::Fault::livelock:
    case checker::Fault::deadlock: return "PRG-1";
    case checker::Fault::assertion:
    case checker::Fault::exception:
    case checker::Fault::crash:
    case checker::Fault::misuse: break;
  }
  return invariant_in(v.message);
}

Violation described(const checker::Violation& v) { return {std::string(checker::name(v.fault)), invariant_of(v), v.message}; }

Ending ending_of(const checker::Program& program, const checker::ShardReport& report, const Bounds& bounds,
                 const std::string& job) {
  const checker::Result& r = report.result;
  Ending ending{.verdict = verdict_of(r.verdict),
                .iterations = r.counters.executions() + r.counters.violations + r.counters.passed_over,
                .seconds = r.seconds};
  ending.more = {{"exhaustive", r.verdict == checker::Verdict::held},
                 {"weak_failures", bounds.weak_failures},
                 {"counters", to_json(r.counters)}};
  if (!report.shard.whole()) ending.more["shard"] = shard_of(report, job);
  if (r.verdict == checker::Verdict::incomplete) ending.message = "stopped at the maximum of executions";
  if (r.verdict == checker::Verdict::vacuous)
    ending.message = "no execution is complete: what must hold in the end was not looked at";
  if (!r.violation) return ending;
  ending.violation = described(*r.violation);
  ending.suspects = suspects_of(r.violation->graph);
  ending.attachments = {{"execution", nlohmann::ordered_json::parse(checker::to_json(checker::record(program, *r.violation)))}};
  return ending;
}

}  // namespace rarena::models::checking
