// sharing: processes that allocate and free in one file, and are killed. See stress/README.md.
//
//     sharing [--seconds S | --kills N] [--processes P] [--kill-every MS] [--seed S] [--freelist KIND] [--bug BUG] ...
//     sharing repro ARTIFACT
//
// Exit status: 0 held (with --bug: the bug was found; repro: reproduced), 1 a violation (with --bug: not found; repro: not
// reproduced), 2 could not run.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "shared/choice.hpp"
#include "shared/freelists.hpp"
#include "shared/json_file.hpp"
#include "shared/status.hpp"
#include "sharing/campaign.hpp"

namespace {

using namespace rarena;
using namespace rarena::stress;

double milliseconds(std::uint64_t nanoseconds) { return 1e-6 * static_cast<double>(nanoseconds); }

// Median and largest of one number of all stretches, in milliseconds.
std::string spread(const std::vector<Stretch>& stretches, std::uint64_t Stretch::* number) {
  if (stretches.empty()) return "-";
  std::vector<std::uint64_t> all;
  for (const Stretch& stretch : stretches) all.push_back(stretch.*number);
  std::ranges::sort(all);
  return fmt::format("{:.2f} (most {:.2f})", milliseconds(all[all.size() / 2]), milliseconds(all.back()));
}

void print(const Campaign& campaign) {
  fmt::print("{} operations, {} refused, {} openings, {} kills\n", campaign.operations, campaign.refused, campaign.openings,
             campaign.kills);
  fmt::print("slowest call of each second, ms, median of the seconds:\n");
  for (const auto& [what, stretches] : {std::pair{"without kills", &campaign.calm}, {"with kills", &campaign.with_kills}})
    fmt::print("  {:14} until it came back {}, of processor time {}\n", what, spread(*stretches, &Stretch::slowest),
               spread(*stretches, &Stretch::slowest_processor));
}

std::string invariant_of(const std::string& violation) { return violation.substr(0, violation.find(':')); }

// The words of the command line that make such a run again.
std::string command(const SharingSettings& settings) {
  std::string words = "sharing";
  const nlohmann::json json = to_json(settings);
  for (const auto& [option, value] : json.items())
    if (option != "bug" || settings.bug != SharingBug::none)
      words += fmt::format(" --{} {}", option, value.is_string() ? value.get<std::string>() : value.dump());
  return words;
}

// The file as it was found stays beside it.
void write_violation(const SharingSettings& settings, const Campaign& campaign) {
  const auto path = settings.directory / fmt::format("violation-{}-{}.json", rarena::name(settings.freelist), settings.seed);
  write_json(path, {{"engine", "sharing"},
                    {"invariant", invariant_of(*campaign.violation)},
                    {"message", *campaign.violation},
                    {"settings", to_json(settings)},
                    {"seed", settings.seed},
                    {"kills", campaign.kills}});
  fmt::print("again: scripts/repro {}\n", path.string());
}

nlohmann::json numbers_of(const Campaign& campaign) {
  const auto stretches = [](const std::vector<Stretch>& all) {
    auto json = nlohmann::json::array();
    for (const auto& [slowest, processor] : all)
      json.push_back({{"slowest_ms", milliseconds(slowest)}, {"slowest_processor_ms", milliseconds(processor)}});
    return json;
  };
  return {{"operations", campaign.operations}, {"refused", campaign.refused},
          {"openings", campaign.openings},     {"kills", campaign.kills},
          {"calm", stretches(campaign.calm)},  {"with_kills", stretches(campaign.with_kills)}};
}

int run(const SharingSettings& settings, const std::filesystem::path& json) {
  fmt::print("{}\n", command(settings));
  const Campaign campaign = run_campaign(settings);
  print(campaign);
  if (!json.empty()) write_json(json, {{"settings", to_json(settings)}, {"numbers", numbers_of(campaign)}});
  const bool planted = settings.bug != SharingBug::none;
  if (campaign.violation) {
    fmt::print("violation: {}\n", *campaign.violation);
    write_violation(settings, campaign);
    if (planted) fmt::print("bug {}: found as {}\n", key_of(sharing_bugs, settings.bug), invariant_of(*campaign.violation));
    return planted ? held : violated;
  }
  fmt::print("the file was found {}; every live segment intact, the sums exact after a rebuild\n", campaign.ending);
  if (planted) fmt::print("bug {}: not found\n", key_of(sharing_bugs, settings.bug));
  return planted ? violated : held;
}

// The moments of the kills do not repeat, so it is tried several times.
int repro(const std::filesystem::path& artifact) {
  std::ifstream in(artifact);
  const nlohmann::json recorded = nlohmann::json::parse(in);
  if (recorded.at("engine") != "sharing")
    throw std::runtime_error("expected an artifact of sharing, found " + artifact.string());
  constexpr int attempts = 5;
  const std::string invariant = recorded.at("invariant");
  SharingSettings settings = sharing_settings_from(recorded.at("settings"));
  settings.directory = std::filesystem::temp_directory_path() / fmt::format("sharing-repro.{}", ::getpid());
  fmt::print("recorded: {}\nthe same settings again, at most {} times\n", recorded.at("message").get<std::string>(), attempts);
  int status = violated;
  for (int i = 0; i < attempts && status == violated; ++i) {
    const Campaign campaign = run_campaign(settings);
    if (campaign.violation) fmt::print("{}\n", *campaign.violation);
    if (campaign.violation && invariant_of(*campaign.violation) == invariant) status = held;
  }
  std::filesystem::remove_all(settings.directory);
  fmt::print("{}\n", status == held ? "reproduced" : "not reproduced");
  return status;
}

}  // namespace

int main(int count, char** words) {
  CLI::App app("Processes that allocate and free in one file, and are killed: what the others find, and what the file says.");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  SharingSettings settings;
  settings.directory = "sharing";
  std::filesystem::path json;
  const auto lists = freelists_by_name();
  app.add_option("--seed", settings.seed, "of the requests and of the moments of kills; odd: the workers close in the end");
  add_choice(app, "--freelist", settings.freelist, lists, "kind of the freelist");
  app.add_option("--capacity", settings.capacity, "bytes of the file")
      ->check(CLI::Range(std::uint64_t{1} << 16, std::uint64_t{1} << 30));
  app.add_option("--processes", settings.processes, "that work")->check(CLI::Range(2, 60));
  app.add_option("--calm", settings.calm_seconds, "seconds without kills, in front");
  app.add_option("--seconds", settings.seconds, "seconds with kills");
  app.add_option("--kills", settings.kills, "so many kills instead");
  app.add_option("--kill-every", settings.kill_every_ms, "milliseconds between kills, on average");
  app.add_option("--patience", settings.patience_seconds, "seconds without an end of any call that are a violation");
  app.add_option("--json", json, "the numbers go there too");
  app.add_option("--directory", settings.directory, "where the file is, and what a violation leaves");
  add_choice(app, "--bug", settings.bug, sharing_bugs, "a known bug, which is to be found");
  std::filesystem::path artifact;
  auto* const again = app.add_subcommand("repro", "runs what left an artifact again, up to 5 times");
  again->add_option("artifact", artifact, "what a violation has left")->required()->check(CLI::ExistingFile);
  CLI11_PARSE(app, count, words);
  try {
    return again->parsed() ? repro(artifact) : run(settings, json);
  } catch (const std::exception& error) {
    fmt::print(stderr, "could not run: {}\n", error.what());
    return could_not_run;
  }
}
