// checker_engine: runs scenarios and mutants on the checker. `list` and `run` speak JSON to scripts/verify, `merge` puts shards
// together, `repro` shows a violation step by step, `estimate` says how large an exhaustive run would be.
//
// Exit status: 0 held (repro: reproduced), 1 violation (repro: not reproduced), 2 incomplete, 3 could not run.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "clients.hpp"
#include "minimise.hpp"
#include "run.hpp"

namespace {

using namespace rarena::models;
using namespace rarena::models::checking;
using nlohmann::ordered_json;

constexpr int held = 0, violated = 1, incomplete = 2, could_not_run = 3;

int fail(const std::string& why) {
  std::cout << ordered_json{{"result",
                             {{"verdict", "error"}, {"iterations", 0}, {"seconds", 0.0}, {"message", why}, {"artifact", ""}}}}
            << std::endl;
  std::cerr << "checker_engine: " << why << std::endl;
  return could_not_run;
}

int finish(const Ending& ending) {
  std::cout << ordered_json{{"result", to_json(ending)}} << std::endl;
  switch (ending.report.result.verdict) {
    case checker::Verdict::violation: return violated;
    case checker::Verdict::incomplete: return incomplete;
    default: return held;
  }
}

int run_job(const RunOptions& options, const std::string& report) {
  const auto ending = run(options);
  if (!ending) return fail(ending.error());
  if (!report.empty()) {
    std::ofstream file(report);
    file << to_json(*ending).dump(1) << "\n";
    if (!file.flush()) return fail("cannot write the report '" + report + "'");
  }
  return finish(*ending);
}

int halt_job(const RunOptions& options) {
  const auto ending = run_halting(options);
  if (!ending) return fail(ending.error());
  std::cout << ordered_json{{"result", to_json(*ending)}} << std::endl;
  return ending->violation ? violated : held;
}

int clients_job(const ClientsOptions& options) {
  const auto ending = run_clients(options);
  if (!ending) return fail(ending.error());
  std::cout << ordered_json{{"result", to_json(*ending)}} << std::endl;
  return ending->wrong() ? violated : ending->done == ending->programs ? held : incomplete;
}

int minimise_job(const std::string& path, const MinimiseOptions& options) {
  const auto artifact = read_artifact(path);
  if (!artifact) return fail(artifact.error());
  const auto minimised = minimise(*artifact, options);
  if (!minimised) return fail(minimised.error());
  std::cout << ordered_json{{"result", to_json(*minimised)}} << std::endl;
  return violated;
}

void add_clients(CLI::App& command, ClientsOptions& options) {
  command.add_option("--threads", options.threads, "1 to 3");
  command.add_option("--calls", options.calls, "of all threads together; each calls at least once");
  command.add_option("--freelist", options.run.names.freelist, "none, optimistic or pessimistic")->required();
  command.add_option("--start", options.start, "room, list or owned: models/clients/generate.hpp");
  command.add_option("--mutant", options.run.names.mutant, "an entry of the corpus instead of the shipped code");
  command.add_option("--weak-failures", options.run.weak_failures, "how often a weak CAS may fail spuriously, per execution");
  command.add_option("--maximum", options.run.maximum_executions, "stop a program after so many executions (0: never)");
  command.add_option("--seconds", options.maximum_seconds, "stop after so long (0: no limit)");
  command.add_option("--shards", options.run.shards, "run one in so many programs");
  command.add_option("--shard", options.run.shard, "which, from 0");
  command.add_option("--artifact", options.run.artifact, "where to write what replays a violation");
  command.add_flag("--whole-calls", options.whole_calls, "demand an order of whole calls, which is not promised");
}

int merge_shards(const std::vector<std::string>& paths) {
  std::vector<checker::ShardReport> reports;
  Ending all;
  for (const std::string& path : paths) {
    const auto shard = read_shard(path);
    if (!shard) return fail(shard.error());
    if (!reports.empty() && shard->job != all.job)
      return fail("'" + path + "' is a shard of '" + shard->job + "', the others are of '" + all.job + "'");
    all.job = shard->job;
    all.weak_failures = shard->weak_failures;
    if (all.artifact.empty()) all.artifact = shard->artifact;
    if (all.message.empty()) all.message = shard->message;
    reports.push_back(shard->report);
  }
  std::string why;
  all.report.result = checker::merge(reports, why);
  if (!why.empty()) all.message = "INCOMPLETE: " + why;
  return finish(all);
}

int repro(const std::string& path) {
  const auto artifact = read_artifact(path);
  const auto reproduced = artifact ? replay(*artifact) : std::unexpected(artifact.error());
  if (!reproduced) {
    std::cerr << "checker_engine: " << reproduced.error() << std::endl;
    return could_not_run;
  }
  const Names& n = artifact->names;
  std::cout << "scenario " << n.scenario << ", freelist " << n.freelist << (n.mutant.empty() ? "" : ", mutant " + n.mutant)
            << ": " << (*reproduced ? "reproduced" : "NOT reproduced") << std::endl;
  return *reproduced ? held : violated;
}

int print_estimate(const RunOptions& options, std::size_t population) {
  const auto e = estimate(options, population);
  if (!e) return fail(e.error());
  std::cout << ordered_json{{"estimate",
                             {{"complete", e->complete},
                              {"executions", e->executions},
                              {"population", population},
                              {"seed", options.seed}}}}
            << std::endl;
  return held;
}

// The convention of GoogleTest and Bazel: which of how many shards, and a file to touch as a sign that they are understood.
std::string take_shards(RunOptions& options) {
  const auto number = [](const char* name, unsigned& value) -> bool {
    const char* text = std::getenv(name);
    if (!text) return true;
    char* end = nullptr;
    value = static_cast<unsigned>(std::strtoul(text, &end, 10));
    return end != text && *end == '\0';
  };
  if (!number("TEST_TOTAL_SHARDS", options.shards) || !number("TEST_SHARD_INDEX", options.shard))
    return "expected numbers in TEST_TOTAL_SHARDS and TEST_SHARD_INDEX";
  if (const char* status = std::getenv("TEST_SHARD_STATUS_FILE"); status && !std::ofstream(status, std::ios::app))
    return "cannot write TEST_SHARD_STATUS_FILE '" + std::string(status) + "'";
  return "";
}

void add_job(CLI::App& command, RunOptions& options) {
  command.add_option("--scenario", options.names.scenario)->required();
  command.add_option("--freelist", options.names.freelist, "none, optimistic or pessimistic")->required();
  command.add_option("--mutant", options.names.mutant, "an entry of the corpus instead of the shipped code");
  command.add_option("--weak-failures", options.weak_failures, "how often a weak CAS may fail spuriously, per execution");
  command.add_option("--seed", options.seed, "of random executions, or of an estimate");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the scenarios of models/ on the checker"};
  app.require_subcommand(1);
  auto* list = app.add_subcommand("list", "print scenarios and corpus as JSON");
  RunOptions options;
  std::string report, artifact;
  std::size_t population = 5000;
  std::vector<std::string> shards;
  auto* run = app.add_subcommand("run", "check one scenario; JSON lines on standard output");
  add_job(*run, options);
  run->add_option("--scheduler", options.scheduler, "exhaustive; bound: at most --bound deviations from the first; random");
  run->add_option("--bound", options.bound);
  run->add_option("--first", options.first, "random: number of the first execution");
  run->add_option("--iterations", options.iterations, "random: how many");
  run->add_option("--maximum", options.maximum_executions, "stop, incomplete, after so many executions (0: never)");
  run->add_option("--artifact", options.artifact, "where to write what replays a violation");
  CrashNames crash;
  run->add_option("--crash", crash.mode,
                  "what may happen at any moment: kill, power, failing, evicted, shrink, fork, create, copy");
  run->add_option("--defect", crash.defect, "with --crash: a planted bug of recovery, flushing or closing");
  run->add_option("--page", crash.page,
                  "with --crash, but not of kills: bytes that get to the disk together, a power of two from 8");
  run->add_option("--report", report, "where to write the result, for `merge`");
  auto* halt = app.add_subcommand("halt", "stop every thread for ever before every step, one at a time: the others must end");
  add_job(*halt, options);
  halt->add_option("--scheduler", options.scheduler, "exhaustive; bound: at most --bound deviations from the first");
  halt->add_option("--bound", options.bound);
  halt->add_option("--maximum", options.maximum_executions, "of each place where a thread stops (0: all)");
  halt->add_option("--artifact", options.artifact, "where to write what replays a violation");
  ClientsOptions clients_options;
  auto* clients_run = app.add_subcommand("clients", "check all client programs of a start and a size");
  add_clients(*clients_run, clients_options);
  MinimiseOptions minimise_options;
  auto* minimised = app.add_subcommand("minimise", "find a smaller program and a simpler execution of the same violation");
  minimised->add_option("artifact", artifact)->required();
  minimised->add_option("--maximum", minimise_options.maximum_executions, "executions of a candidate (0: all)");
  minimised->add_option("--artifact", minimise_options.artifact, "where to write what replays the smaller one");
  auto* rows = app.add_subcommand("ledger", "print the rows of the ordering ledger, and what each is weakened to, as JSON");
  auto* merge = app.add_subcommand("merge", "put the reports of all shards together; incomplete unless they cover the tree");
  merge->add_option("report", shards)->required();
  auto* replayed = app.add_subcommand("repro", "replay an artifact and show it step by step");
  replayed->add_option("artifact", artifact)->required();
  auto* estimated = app.add_subcommand("estimate", "estimate the number of executions of an exhaustive run");
  add_job(*estimated, options);
  estimated->add_option("--population", population, "how many nodes at every depth")->check(CLI::PositiveNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : could_not_run;
  }
  if (list->parsed()) {
    std::cout << catalogue().dump(1) << std::endl;
    return held;
  }
  if (halt->parsed()) return halt_job(options);
  if (clients_run->parsed()) return clients_job(clients_options);
  if (minimised->parsed()) return minimise_job(artifact, minimise_options);
  if (rows->parsed()) {
    std::cout << ledger_catalogue().dump(1) << std::endl;
    return held;
  }
  if (merge->parsed()) return merge_shards(shards);
  if (replayed->parsed()) return repro(artifact);
  if (estimated->parsed()) return print_estimate(options, population);
  if (!crash.mode.empty()) options.crash = crash;
  const std::string wrong = take_shards(options);
  return wrong.empty() ? run_job(options, report) : fail(wrong);
}
