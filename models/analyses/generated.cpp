#include "generated.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/catalogue/names.hpp"
#include "models/checker_engine/explore.hpp"
#include "models/checker_engine/program_of.hpp"
#include "models/engine/progress.hpp"
#include "outcomes.hpp"

namespace rarena::models::checking {

namespace {

// What was seen, of all programs together.
struct Counted {
  std::uint64_t programs = 0;  // to be run here
  std::uint64_t done = 0;      // all of whose executions were seen
  std::uint64_t cut = 0;       // that were stopped at the maximum of executions
  std::uint64_t executions = 0, complete = 0, not_interleaved = 0;
  std::uint64_t outcomes = 0;
  std::uint64_t need_steps = 0;            // outcomes that no order of whole calls explains
  std::uint64_t programs_need_steps = 0;   // programs with such outcomes
  std::uint64_t unexplained = 0;           // outcomes of executions without an interleaving that no order of steps explains
  std::uint64_t programs_unexplained = 0;  // programs with such outcomes
  std::uint64_t most_executions = 0;       // of one program

  void add(const checker::Result& result, const OutcomesAnalysis& outcomes_seen) {
    const checker::Counters& c = result.counters;
    const std::uint64_t all = c.executions() + c.violations;
    executions += all;
    complete += c.complete;
    not_interleaved += c.not_interleaved;
    most_executions = std::max(most_executions, all);
    outcomes += outcomes_seen.outcomes();
    need_steps += outcomes_seen.need_steps();
    programs_need_steps += outcomes_seen.need_steps() > 0;
    unexplained += outcomes_seen.unexplained();
    programs_unexplained += outcomes_seen.unexplained() > 0;
    if (result.verdict == checker::Verdict::held)
      ++done;
    else if (!result.violation)
      ++cut;
  }
};

nlohmann::ordered_json to_json(const Counted& c) {
  return {{"programs", c.programs},
          {"done", c.done},
          {"cut", c.cut},
          {"complete", c.complete},
          {"not_interleaved", c.not_interleaved},
          {"most_executions", c.most_executions},
          {"outcomes", c.outcomes},
          {"need_steps", c.need_steps},
          {"programs_need_steps", c.programs_need_steps},
          {"unexplained", c.unexplained},
          {"programs_unexplained", c.programs_unexplained}};
}

// Ends an exploration when the time is up.
struct OutOfTime {};

// One run over the programs of a start and a size.
class Campaign {
 public:
  Campaign(const GeneratedOptions& options, Freelist freelist, const Bug* bug)
      : options_(options), freelist_(freelist), bug_(bug) {}

  GeneratedEnding run(const std::vector<ClientProgram>& programs) {
    counted_.programs = programs.size();
    for (const ClientProgram& program : programs) {
      if (out_of_time() || ended_.ending.violation) break;
      run(Job{.scenario = {.name = print(program), .program = program},
              .freelist = freelist_,
              .bug = bug_,
              .analysis = {.name = "outcomes"}});
      say(0);
    }
    Ending& e = ended_.ending;
    e.iterations = counted_.executions;
    e.seconds = progress_.seconds();
    if (!e.violation) e.verdict = counted_.done == counted_.programs ? Verdict::held : Verdict::incomplete;
    e.more = to_json(counted_);
    e.more["program"] = ended_.job ? ended_.job->scenario.name : "";
    return std::move(ended_);
  }

 private:
  void run(const Job& job) {
    OutcomesAnalysis outcomes(job, options_.whole_calls ? clients::Orders::calls : clients::Orders::steps);
    with_program(job, outcomes.wrap(), [&](const checker::Program& program) { explore(job, program, outcomes); });
    if (ended_.ending.violation || out_of_time()) return;
    if (const std::string broken = outcomes.condition_broken(); !broken.empty())
      violated(job, {"specification", "FL-4", broken});
  }
  void explore(const Job& job, const checker::Program& program, const OutcomesAnalysis& outcomes) {
    checker::Explorer::Options options = explorer_options(options_.bounds);
    options.shard = {};
    checker::Counters seen;
    options.progress = [&](const checker::ExplorationProgress& p) {
      seen = p.counters;
      say(seen.executions());
      if (out_of_time()) throw OutOfTime{};
    };
    try {
      const checker::ShardReport report = checker::Explorer(program, options).run();
      counted_.add(report.result, outcomes);
      if (!report.result.violation) return;
      ended_.ending = ending_of(program, report, options_.bounds, "");
      ended_.job = job;
    } catch (const OutOfTime&) {
      counted_.add({.verdict = checker::Verdict::incomplete, .counters = seen, .violation = {}}, outcomes);
    }
  }
  void violated(const Job& job, Violation violation) {
    ended_.ending.verdict = Verdict::violation;
    ended_.ending.violation = std::move(violation);
    ended_.job = job;
  }
  bool out_of_time() const { return options_.maximum_seconds > 0 && progress_.seconds() > options_.maximum_seconds; }
  // `executions`: of the program under way.
  void say(std::uint64_t executions) {
    if (!progress_.due()) return;
    const std::uint64_t over = counted_.done + counted_.cut;
    const double fraction = std::min(0.99, static_cast<double>(over) / static_cast<double>(counted_.programs));
    progress_.say(counted_.executions + executions,
                  fmt::format(",\"fraction\":{:.3f},\"programs\":{},\"of\":{}", fraction, over, counted_.programs).c_str());
  }

  const GeneratedOptions& options_;
  Freelist freelist_;
  const Bug* bug_;
  Counted counted_;
  GeneratedEnding ended_;
  Progress progress_;
};

std::string wrong_with(const GeneratedOptions& o, const clients::Start* start, Freelist kind) {
  if (!start) {
    std::string known;
    for (const clients::Start& s : clients::starts) known += (known.empty() ? "" : ", ") + std::string(s.name);
    return "no start is called '" + o.start + "'; there are: " + known;
  }
  if (!start->freelists.contains(kind)) return "start '" + o.start + "' makes no sense with freelist '" + o.freelist + "'";
  if (o.threads < 1 || o.threads > 3) return fmt::format("expected 1 to 3 threads, found {}", o.threads);
  if (o.calls < o.threads || o.calls > most_calls - 1)
    return fmt::format("expected at least one call per thread and at most {} calls, found {}", most_calls - 1, o.calls);
  return checking::wrong_with(o.bounds);
}

}  // namespace

std::expected<GeneratedEnding, std::string> run_generated(const GeneratedOptions& options) {
  const auto freelist = freelist_named(options.freelist);
  if (!freelist) return std::unexpected(freelist.error());
  const Bug* bug = nullptr;
  if (!options.bug.empty()) {
    const auto named = bug_named(options.bug);
    if (!named) return std::unexpected(named.error());
    bug = *named;
  }
  const clients::Start* const start = clients::start_named(options.start);
  const std::string wrong = wrong_with(options, start, *freelist);
  if (!wrong.empty()) return std::unexpected(wrong);
  clients::Generated all = clients::generate(*start, *freelist, options.threads, options.calls);
  std::vector<ClientProgram> own;
  for (std::size_t i = options.bounds.shard; i < all.programs.size(); i += options.bounds.shards)
    own.push_back(std::move(all.programs[i]));
  GeneratedEnding ended = Campaign(options, *freelist, bug).run(own);
  ended.ending.more["before_symmetry"] = all.before_symmetry;
  return ended;
}

}  // namespace rarena::models::checking
