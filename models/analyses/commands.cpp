// The program of the checker engine with all analyses: besides what all engines have, options of `run`, and the commands
// clients, merge, estimate and ledger.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "generated.hpp"
#include "models/checker_engine/engine.hpp"
#include "models/checker_engine/explore.hpp"
#include "models/checker_engine/program_of.hpp"
#include "models/checker_engine/shards.hpp"
#include "models/engine/shrink.hpp"
#include "table.hpp"

namespace rarena::models::checking {

using nlohmann::ordered_json;

namespace {

constexpr int held = 0, violated = 1, incomplete = 2, could_not_run = 3;

int fail(const std::string& why) {
  print_refusal("checker", why);
  return could_not_run;
}

int print(const Ending& ending, const std::string& finding) {
  std::cout << ordered_json{{"result", to_json(ending, finding)}} << std::endl;
  return ending.verdict == Verdict::violation ? violated : ending.verdict == Verdict::incomplete ? incomplete : held;
}

int run_clients(const GeneratedOptions& options, const std::string& path) {
  const auto ended = run_generated(options);
  if (!ended) return fail(ended.error());
  const bool write = ended->ending.violation && !ended->ending.attachments.empty() && !path.empty();
  if (write)
    if (const auto written =
            write_finding(path, finding_of(CheckerEngine(analyses()), *ended->job, options.bounds, ended->ending));
        !written)
      return fail(written.error());
  return print(ended->ending, write ? path : "");
}

int merge(const std::vector<std::string>& paths) {
  const auto merged = merge_shards(paths);
  return merged ? print(*merged, merged->more.value("finding", "")) : fail(merged.error());
}

int print_estimate(const Names& names, const Bounds& bounds, std::size_t population) {
  const auto job = job_of(names);
  if (!job) return fail(job.error());
  checker::Estimate e;
  with_program(*job, {}, [&](const checker::Program& program) {
    e = checker::Explorer(program, explorer_options(bounds)).estimate(bounds.seed, population);
  });
  std::cout << ordered_json{{"estimate",
                             {{"complete", e.complete},
                              {"executions", e.executions},
                              {"population", population},
                              {"seed", bounds.seed}}}}
            << std::endl;
  return held;
}

// The rows of the ledger: name, access, orders, partners, reason; what weakens each, and why nothing kills it if so.
int print_ledger() {
  auto rows = ordered_json::array();
  for (const Row& r : ledger) {
    auto partners = ordered_json::array(), bugs = ordered_json::array();
    for (const Site partner : r.partners) partners.push_back(row(partner).name);
    for (const Bug& bug : weakened_rows())
      if (bug.orders.front().site == r.site)
        bugs.push_back({{"name", bug.name}, {"order", rarena::detail::name(bug.orders.front().order)}});
    rows.push_back({{"site", r.name},
                    {"order", rarena::detail::name(r.order)},
                    {"failure", rarena::detail::name(r.failure)},
                    {"compare_exchange", r.access == Access::compare_exchange},
                    {"partners", partners},
                    {"why", r.why},
                    {"bugs", bugs},
                    {"why_not_killed", why_not_killed(r.site)}});
  }
  std::cout << rows.dump(1) << std::endl;
  return held;
}

void add_clients(CLI::App& app, const std::function<void(int)>& ended) {
  const auto options = std::make_shared<GeneratedOptions>();
  const auto path = std::make_shared<std::string>();
  auto* command = app.add_subcommand("clients", "check all client programs of a start and a size");
  command->add_option("--threads", options->threads, "1 to 3");
  command->add_option("--calls", options->calls, "of all threads together; each calls at least once");
  command->add_option("--freelist", options->freelist, "none, optimistic or pessimistic")->required();
  command->add_option("--start", options->start, "room, list or owned: models/clients/generate.hpp");
  command->add_option("--bug", options->bug, "a known bug in place of the shipped code");
  command->add_option("--weak-failures", options->bounds.weak_failures, "how often a weak CAS may fail spuriously");
  command->add_option("--maximum", options->bounds.maximum, "stop a program after so many executions (0: never)");
  command->add_option("--seconds", options->maximum_seconds, "stop after so long (0: no limit)");
  command->add_option("--shards", options->bounds.shards, "run one in so many programs");
  command->add_option("--shard", options->bounds.shard, "which, from 0");
  command->add_option("--finding", *path, "where a violation goes");
  command->add_flag("--whole-calls", options->whole_calls, "demand an order of whole calls, which is not promised");
  command->callback([=] { ended(run_clients(*options, *path)); });
}

void add_estimate(CLI::App& app, const std::function<void(int)>& ended) {
  struct Given {
    Names names;
    Bounds bounds{.scheduler = "exhaustive"};
    std::size_t population = 5000;
  };
  const auto given = std::make_shared<Given>();
  auto* command = app.add_subcommand("estimate", "estimate the number of executions of an exhaustive run");
  command->add_option("--scenario", given->names.scenario, "of the catalogue, or the text of a program")->required();
  command->add_option("--freelist", given->names.freelist, "none, optimistic or pessimistic")->required();
  command->add_option("--bug", given->names.bug, "a known bug in place of the shipped code");
  command->add_option("--weak-failures", given->bounds.weak_failures, "how often a weak CAS may fail spuriously");
  command->add_option("--seed", given->bounds.seed, "of the sample");
  command->add_option("--population", given->population, "how many nodes at every depth")->check(CLI::PositiveNumber);
  command->callback([=] { ended(print_estimate(given->names, given->bounds, given->population)); });
}

class CheckerProgram : public CheckerEngine {
 public:
  CheckerProgram() : CheckerEngine(checking::analyses()) {}

  std::string prepare(Bounds& bounds) override;
  void add_options(CLI::App& run, AnalysisSpec& analysis, Bounds& bounds) override;
  void add_commands(CLI::App& app, std::function<void(int)> ended) override;
};

// The convention of GoogleTest and Bazel: which of how many shards, and a file to touch as a sign that they are understood.
std::string CheckerProgram::prepare(Bounds& bounds) {
  const auto number = [](const char* name, unsigned& value) -> bool {
    const char* text = std::getenv(name);
    if (!text) return true;
    char* end = nullptr;
    value = static_cast<unsigned>(std::strtoul(text, &end, 10));
    return end != text && *end == '\0';
  };
  if (!number("TEST_TOTAL_SHARDS", bounds.shards) || !number("TEST_SHARD_INDEX", bounds.shard))
    return "expected numbers in TEST_TOTAL_SHARDS and TEST_SHARD_INDEX";
  if (const char* status = std::getenv("TEST_SHARD_STATUS_FILE"); status && !std::ofstream(status, std::ios::app))
    return "cannot write TEST_SHARD_STATUS_FILE '" + std::string(status) + "'";
  return "";
}

void CheckerProgram::add_options(CLI::App& run, AnalysisSpec& analysis, Bounds& bounds) {
  run.add_option("--weak-failures", bounds.weak_failures, "how often a weak CAS may fail spuriously, per execution");
  run.add_option("--seed", bounds.seed, "of random executions");
  run.add_option("--maximum", bounds.maximum, "stop, incomplete, after so many executions (0: never)");
  run.add_option_function<std::string>(
      "--mode", [&analysis](const std::string& mode) { analysis.options["mode"] = mode; },
      "of the analysis crash: kill, power, failing, evicted, shrink, fork, create or copy");
  run.add_option_function<Size>(
      "--page", [&analysis](Size page) { analysis.options["page"] = page; },
      "of the analysis crash: bytes that get to the disk together, a power of two from 8");
}

void CheckerProgram::add_commands(CLI::App& app, std::function<void(int)> ended) {
  add_clients(app, ended);
  add_estimate(app, ended);
  const auto paths = std::make_shared<std::vector<std::string>>();
  auto* merged = app.add_subcommand("merge", "put the reports of all shards together; incomplete unless they cover the tree");
  merged->add_option("report", *paths)->required();
  merged->callback([=] { ended(merge(*paths)); });
  app.add_subcommand("ledger", "print the rows of the ordering ledger, and what weakens each, as JSON")->callback([=] {
    ended(print_ledger());
  });
}

}  // namespace

}  // namespace rarena::models::checking

std::unique_ptr<rarena::models::Engine> rarena::models::make_engine() { return std::make_unique<checking::CheckerProgram>(); }
