#include "clients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "client_oracle.hpp"

namespace rarena::models::checking {

namespace {

using Clock = std::chrono::steady_clock;

// Every variant, for every mutant.
const Entry<Runner>& client_entry() {
  static const Entry<Runner> entry = {.info = ClientScenario(clients::ClientProgram{}).info,
                                      .shipped = &with_client_program<Shipped>,
                                      .lying = &with_client_program<Lying>,
                                      .wrapping = &with_client_program<Wrapping>,
                                      .crate_protocol = &with_client_program<CrateProtocol>};
  return entry;
}

// Ends an exploration when the time is up.
struct OutOfTime {};

// One run over the programs of a start and a size.
class Campaign {
 public:
  Campaign(const ClientsOptions& options, std::vector<clients::ClientProgram> programs, Freelist kind)
      : options_(options), programs_(std::move(programs)), kind_(kind), began_(Clock::now()), spoke_(began_) {
    ending_.programs = programs_.size();
  }

  std::expected<ClientsEnding, std::string> run() {
    for (const auto& program : programs_) {
      if (out_of_time() || ending_.wrong()) break;
      const std::string wrong = run(program);
      if (!wrong.empty()) return std::unexpected(wrong);
      say(0);
    }
    ending_.seconds = seconds();
    return std::move(ending_);
  }

 private:
  std::string run(const clients::ClientProgram& program);
  void add(const checker::Result& result, const ClientOracle& oracle);
  std::string violated(const checker::Program& program, const clients::ClientProgram& client, const checker::Violation& v);

  double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
  bool out_of_time() const { return options_.maximum_seconds > 0 && seconds() > options_.maximum_seconds; }

  // `executions`: of the program under way.
  void say(std::uint64_t executions) {
    if (Clock::now() - spoke_ < std::chrono::seconds(1)) return;
    spoke_ = Clock::now();
    const double fraction = static_cast<double>(ending_.done + ending_.cut) / static_cast<double>(programs_.size());
    fmt::print("{{\"progress\":{{\"iterations\":{},\"seconds\":{:.1f},\"fraction\":{:.3f},\"programs\":{},\"of\":{}}}}}\n",
               ending_.executions + executions, seconds(), std::min(0.99, fraction), ending_.done + ending_.cut,
               programs_.size());
    std::fflush(stdout);
  }

  const ClientsOptions& options_;
  std::vector<clients::ClientProgram> programs_;
  Freelist kind_;
  Clock::time_point began_, spoke_;
  ClientsEnding ending_;
};

std::string Campaign::run(const clients::ClientProgram& client) {
  ClientOracle oracle(client, kind_, options_.whole_calls ? clients::Orders::calls : clients::Orders::steps);
  std::string wrong;
  const Use use = [&](const checker::Program& program) {
    checker::Explorer::Options options = explorer_options(options_.run);
    options.shard = {};
    checker::Counters seen;
    options.progress = [&](const checker::ExplorationProgress& p) {
      seen = p.counters;
      say(seen.executions());
      if (out_of_time()) throw OutOfTime{};
    };
    try {
      const checker::Result result = checker::Explorer(program, options).run().result;
      add(result, oracle);
      if (result.violation) wrong = violated(program, client, *result.violation);
    } catch (const OutOfTime&) {
      add({.verdict = checker::Verdict::incomplete, .counters = seen, .violation = {}}, oracle);
    }
  };
  const auto examine = [&](const auto&... execution) { return oracle(execution...); };
  const std::string unnamed = with_client(client, options_.run.names, examine, use);
  if (!unnamed.empty()) return unnamed;
  if (ending_.violation || !wrong.empty()) return wrong;
  if (!out_of_time()) ending_.message = oracle.condition_broken();
  if (!ending_.message.empty()) ending_.program = clients::print(client);
  return "";
}

void Campaign::add(const checker::Result& result, const ClientOracle& oracle) {
  const checker::Counters& c = result.counters;
  const std::uint64_t executions = c.executions() + c.violations;
  ending_.executions += executions;
  ending_.complete += c.complete;
  ending_.not_interleaved += c.not_interleaved;
  ending_.most_executions = std::max(ending_.most_executions, executions);
  ending_.outcomes += oracle.outcomes();
  ending_.need_steps += oracle.need_steps();
  ending_.programs_need_steps += oracle.need_steps() > 0;
  ending_.unexplained += oracle.unexplained();
  ending_.programs_unexplained += oracle.unexplained() > 0;
  if (result.verdict == checker::Verdict::held)
    ++ending_.done;
  else if (!result.violation)
    ++ending_.cut;
}

std::string Campaign::violated(const checker::Program& program, const clients::ClientProgram& client,
                               const checker::Violation& v) {
  ending_.violation = v;
  ending_.program = clients::print(client);
  if (options_.run.artifact.empty()) return "";
  RunOptions named = options_.run;
  named.names.scenario = ending_.program;
  if (!write_artifact(named, program, v)) return "cannot write the artifact '" + named.artifact + "'";
  ending_.artifact = named.artifact;
  return "";
}

std::string wrong_with(const ClientsOptions& o, const clients::Start* start, Freelist kind) {
  if (!start) {
    std::string known;
    for (const clients::Start& s : clients::starts) known += (known.empty() ? "" : ", ") + std::string(s.name);
    return "no start is called '" + o.start + "'; there are: " + known;
  }
  if (!contains(start->kinds, kind))
    return "start '" + o.start + "' makes no sense with freelist '" + o.run.names.freelist + "'";
  if (o.threads < 1 || o.threads > 3) return fmt::format("expected 1 to 3 threads, found {}", o.threads);
  if (o.calls < o.threads || o.calls > clients::most_calls - 1)
    return fmt::format("expected at least one call per thread and at most {} calls, found {}", clients::most_calls - 1,
                       o.calls);
  if (o.run.shards == 0 || o.run.shard >= o.run.shards)
    return fmt::format("expected a shard below their number, found shard {} of {}", o.run.shard, o.run.shards);
  return "";
}

}  // namespace

std::string with_client(const clients::ClientProgram& program, const Names& names, const Examine& examine, const Use& use,
                        const Halting* halting, const Crash* crash) {
  const auto kind = freelist_named(names.freelist, client_entry().info);
  if (!kind) return kind.error();
  const auto mutant = mutant_named(names.mutant);
  if (!mutant) return mutant.error();
  const Job job{.kind = *kind, .mutant = *mutant, .halting = halting, .crash = crash, .client = &program, .examine = examine};
  client_entry().runner(job.mutant)(job, use);
  return "";
}

std::string with_client_named(const Names& names, const Use& use, const Halting* halting, const Crash* crash) {
  const auto program = clients::parse(names.scenario);
  if (!program) return program.error();
  const auto kind = freelist_named(names.freelist, client_entry().info);
  if (!kind) return kind.error();
  ClientOracle oracle(*program, *kind);
  const auto examine = [&](const auto&... execution) { return oracle(execution...); };
  return with_client(*program, names, examine, use, halting, crash);
}

std::expected<ClientsEnding, std::string> run_clients(const ClientsOptions& options) {
  const auto kind = freelist_named(options.run.names.freelist, client_entry().info);
  if (!kind) return std::unexpected(kind.error());
  const clients::Start* const start = clients::start_named(options.start);
  const std::string wrong = wrong_with(options, start, *kind);
  if (!wrong.empty()) return std::unexpected(wrong);
  clients::Generated all = clients::generate(*start, *kind, options.threads, options.calls);
  std::vector<clients::ClientProgram> own;
  for (std::size_t i = options.run.shard; i < all.programs.size(); i += options.run.shards)
    own.push_back(std::move(all.programs[i]));
  auto ending = Campaign(options, std::move(own), *kind).run();
  if (ending) ending->before_symmetry = all.before_symmetry;
  return ending;
}

nlohmann::ordered_json to_json(const ClientsEnding& e) {
  const bool all = e.done == e.programs;
  return {{"verdict", e.wrong() ? "violation"
                      : all     ? "held"
                                : "incomplete"},
          {"iterations", e.executions},
          {"seconds", e.seconds},
          {"kind", e.violation ? checker::name(e.violation->fault)
                   : e.wrong() ? "specification"
                               : ""},
          {"invariant", e.violation ? invariant_of(*e.violation)
                        : e.wrong() ? "FL-4"
                                    : ""},
          {"message", e.violation ? e.violation->message : e.message},
          {"artifact", e.artifact},
          {"program", e.program},
          {"programs", e.programs},
          {"before_symmetry", e.before_symmetry},
          {"done", e.done},
          {"cut", e.cut},
          {"complete", e.complete},
          {"not_interleaved", e.not_interleaved},
          {"most_executions", e.most_executions},
          {"outcomes", e.outcomes},
          {"need_steps", e.need_steps},
          {"programs_need_steps", e.programs_need_steps},
          {"unexplained", e.unexplained},
          {"programs_unexplained", e.programs_unexplained}};
}

}  // namespace rarena::models::checking
