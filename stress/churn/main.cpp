// churn: many threads of random operations on one arena, which is judged whenever all of them rest. See stress/README.md.
//
//     churn [--operations N | --seconds S] [--seed S] [--backing KIND] [--freelist KIND] [--bug NAME] ...
//     churn repro ARTIFACT [--attempts N]
//
// Exit status: 0 held (with --bug: the bug was found; repro: reproduced), 1 a violation (with --bug: not found; repro:
// not reproduced), 2 could not run (repro: 3).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <random>

#include "churn/repro.hpp"
#include "churn/run.hpp"
#include "models/bugs/bugs.hpp"
#include "shared/choice.hpp"
#include "shared/json_file.hpp"

namespace {

using namespace rarena;
using namespace rarena::stress;

nlohmann::json report(const Settings& settings, const Summary& summary) {
  const Done& t = summary.tally;
  nlohmann::json rounds;
  for (std::size_t i = 0; i < phases; ++i) rounds[name(static_cast<Phase>(i))] = summary.rounds[i];
  return {{"settings", to_json(settings)},
          {"result", settings.bug.empty() ? "held" : "not found"},
          {"operations", summary.operations},
          {"seconds", summary.seconds},
          {"operations_per_second", static_cast<double>(summary.operations) / summary.seconds},
          {"rounds", rounds},
          {"rebuilds", summary.rebuilds},
          {"probes", summary.probes},
          {"allocations", t.allocations},
          {"refusals", t.refusals},
          {"frees", t.frees},
          {"partial_frees", t.partial_frees},
          {"handed_over", t.handed_over},
          {"given_up", t.given_up},
          {"list_discards", t.list_discards},
          {"flushes", t.flushes}};
}

void print_table(const Settings& settings, const nlohmann::json& report) {
  fmt::print("{} threads, {} arena of {} bytes, freelist {}, seed {}\n", settings.threads, key_of(backings, settings.backing),
             settings.capacity, key_of(freelists, settings.freelist), settings.seed);
  for (const char* number : {"operations", "operations_per_second", "seconds", "allocations", "refusals", "frees",
                             "partial_frees", "handed_over", "given_up", "list_discards", "flushes", "probes", "rebuilds"})
    fmt::print("{:24}{:>14}\n", number,
               number == std::string("seconds") ? fmt::format("{:.2f}", report.at(number).get<double>())
                                                : fmt::format("{:.0f}", report.at(number).get<double>()));
  for (const auto& [phase, rounds] : report.at("rounds").items())
    fmt::print("{:24}{:>14}\n", "rounds, " + phase, rounds.get<std::uint64_t>());
}

int run(const Settings& settings) {
  const Summary summary = Run(settings).run();
  const nlohmann::json all = report(settings, summary);
  print_table(settings, all);
  if (!settings.json.empty()) write_json(settings.json, all);
  if (settings.bug.empty()) return held;
  fmt::print("bug {}: not found\n", settings.bug);
  return violated;
}

void add_options(CLI::App& app, Settings& s) {
  app.add_option("--operations", s.operations, "of each thread")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seconds", s.seconds, "so long, instead of --operations; not longer than this, with both")
      ->check(CLI::PositiveNumber);
  app.add_option("--round", s.round, "operations of each thread between two checks")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", s.seed, "absent: a random one");
  app.add_option("--threads", s.threads)->check(CLI::Range(1U, 64U))->capture_default_str();
  app.add_option("--capacity", s.capacity, "bytes")->check(CLI::Range(1024U, 1U << 24U))->capture_default_str();
  add_choice(app, "--backing", s.backing, backings, "absent: heap");
  add_choice(app, "--freelist", s.freelist, freelists, "absent: optimistic, or that of the bug");
  app.add_option("--bug", s.bug, "a known bug of code, which must be found; heap only");
  app.add_option("--hesitate", s.hesitate,
                 "give up the processor before one access of a shared word in so many; heap only; absent: "
                 "never, with a bug 50");
  app.add_option("--stall-seconds", s.stall_seconds, "a worker without progress for so long is a violation of PRG-1")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--directory", s.directory, "of the file and the artifact")->capture_default_str();
  app.add_option("--json", s.json, "the table goes there too");
}

// What an option that is absent leaves open.
void complete(const CLI::App& app, Settings& s) {
  if (app.count("--seed") == 0) s.seed = std::random_device()();
  if (app.count("--seconds") != 0 && app.count("--operations") == 0) s.operations = 0;
  if (app.count("--hesitate") == 0 && !s.bug.empty()) s.hesitate = 50;
  const auto bug = models::bug_named(s.bug);
  if (app.count("--freelist") == 0 && bug) s.freelist = (*bug)->freelist;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Many threads of random operations on one arena, which is judged whenever all of them rest.");
  Settings settings;
  std::filesystem::path artifact;
  unsigned attempts = 10;
  add_options(app, settings);
  CLI::App* const again = app.add_subcommand("repro", "runs what an artifact says again");
  again->add_option("ARTIFACT", artifact)->required()->check(CLI::ExistingFile);
  again->add_option("--attempts", attempts)->check(CLI::PositiveNumber)->capture_default_str();
  try {
    app.parse(argc, argv);
    if (again->parsed()) return repro(artifact, attempts);
    complete(app, settings);
    return run(settings);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? held : could_not_run;
  } catch (const std::exception& error) {
    fmt::print(stderr, "churn: {}\n", error.what());
    return again->parsed() ? 3 : could_not_run;
  }
}
