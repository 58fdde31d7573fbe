// kill_reopen: processes that are killed at work on a file arena, and what their files are then. See stress/README.md.
//
//     kill_reopen [--cycles N | --kills N] [--seconds S] [--seed S] [--freelist KIND] ...
//     kill_reopen check ARTIFACT
//
// Exit status: 0 held (with --bug: the bug was found, and found again in its artifact; check: nothing is violated),
// 1 a violation (with --bug: not found), 2 could not run.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <map>

#include "kill_reopen/campaign.hpp"
#include "shared/choice.hpp"
#include "shared/freelists.hpp"
#include "shared/names.hpp"

namespace {

using namespace rarena;
using namespace rarena::stress;

enum Status { held = 0, violated = 1, could_not_run = 2 };

struct CommandLine {
  Settings settings;
  std::string json;
  std::string program;
};

const std::map<std::string, Freelist> freelists = lists_by_name();
// By the names that models/bugs/bugs.json has.
const std::map<std::string, Plant> plants = {{"early_hand_out", Plant::early_hand_out}, {"early_seal", Plant::early_seal},
                                             {"no_witness", Plant::no_witness},         {"one_unwatched", Plant::one_unwatched},
                                             {"late_witness", Plant::late_witness},     {"late_lists", Plant::late_lists},
                                             {"cut_too_far", Plant::cut_too_far},       {"early_close", Plant::early_close},
                                             {"named_early", Plant::named_early},       {"left_over", Plant::left_over}};

int check(const std::filesystem::path& folder) {
  const Artifact artifact = read_artifact(folder);
  fmt::print("recorded  {}\n", artifact.violation.message());
  const stress::Verdict verdict = judge_again(artifact, folder / "scratch.arena");
  if (verdict) {
    fmt::print("now       nothing is violated\n");
    return held;
  }
  fmt::print("now       {}\nfound by  kill_reopen {}\n", verdict.error().message(), artifact.found_by);
  return violated;
}

// Keeps the artifact of a violation, and says how to look at it again.
int report_violation(const CommandLine& line, const Artifact& artifact) {
  const std::filesystem::path folder =
      line.settings.directory / fmt::format("violation-{}-{}", key_of(freelists, line.settings.freelist), line.settings.seed);
  write_artifact(folder, artifact);
  const stress::Verdict again = judge_again(artifact, folder / "scratch.arena");
  fmt::print("{}\n", artifact.violation.message());
  fmt::print("seed {}; found by: kill_reopen {}\n", line.settings.seed, artifact.found_by);
  fmt::print("again: {} check {}\n", line.program, folder.string());
  if (line.settings.plant == Plant::none) return violated;
  const bool same = !again && again.error().invariant == artifact.violation.invariant;
  if (same) std::filesystem::remove_all(folder);
  fmt::print("bug {}: found{}\n", key_of(plants, line.settings.plant), same ? "" : ", but its artifact does not show it");
  return same ? held : violated;
}

int run(const CommandLine& line) {
  Campaign campaign(line.settings);
  const auto violation = campaign.run();
  const RunFacts facts{.seed = line.settings.seed,
                       .freelist = key_of(freelists, line.settings.freelist),
                       .bug = key_of(plants, line.settings.plant),
                       .capacity = line.settings.capacity,
                       .threads = line.settings.threads,
                       .seconds = campaign.seconds()};
  fmt::print("{}", table(facts, campaign.tallies()));
  if (!line.json.empty()) {
    nlohmann::json report = to_json(facts, campaign.tallies());
    report["violated"] = violation ? violation->violation.message() : "";
    std::ofstream out(line.json);
    out << report.dump(2) << "\n";
    if (!out.flush()) throw std::runtime_error("cannot write " + line.json);
  }
  if (violation) return report_violation(line, *violation);
  for (const char* const made : {"arena", "creation", "many"}) std::filesystem::remove_all(line.settings.directory / made);
  if (line.settings.plant == Plant::none) return held;
  fmt::print("bug {}: NOT FOUND\n", key_of(plants, line.settings.plant));
  return violated;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Kills processes at work on a file arena, and checks what their files are then (REC-2, REC-3).");
  CommandLine line{.settings = {}, .json = "", .program = argv[0]};
  Settings& s = line.settings;
  s.directory = "build/artifacts/kill_reopen";
  std::filesystem::path artifact;
  app.add_option("--cycles", s.cycles, "so many children")->capture_default_str();
  app.add_option("--kills", s.kills, "so many killed children, instead of --cycles");
  app.add_option("--seconds", s.seconds, "not longer than this");
  app.add_option("--seed", s.seed)->capture_default_str();
  app.add_option("--threads", s.threads, "of each child")->check(CLI::Range(1U, 64U))->capture_default_str();
  app.add_option("--capacity", s.capacity, "bytes of the file")->check(CLI::Range(1024U, 1U << 24U))->capture_default_str();
  add_choice(app, "--freelist", s.freelist, freelists, "absent: optimistic");
  app.add_flag("!--no-damage", s.damages, "overwritten seals come with sound lists only");
  add_choice(app, "--bug", s.plant, plants, "a known bug of models/bugs, which must be found");
  app.add_option("--directory", s.directory, "of the file and the artifact")->capture_default_str();
  app.add_option("--json", line.json, "the table goes there too");
  CLI::App* const again = app.add_subcommand("check", "judges the artifact of a violation again");
  again->add_option("ARTIFACT", artifact)->required()->check(CLI::ExistingDirectory);
  try {
    app.parse(argc, argv);
    return again->parsed() ? check(artifact) : run(line);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? held : could_not_run;
  } catch (const std::exception& error) {
    fmt::print(stderr, "kill_reopen: {}\n", error.what());
    return could_not_run;
  }
}
