#include "long_runs/ending.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>

#include "long_runs/subject.hpp"
#include "shared/json_file.hpp"

namespace rarena::stress {

namespace {

const std::map<std::string, std::function<Outcome(const Settings&)>> runs = {
    {"occupancy", occupancy}, {"shatter", shatter},     {"frag", frag},          {"pmr", pmr},
    {"soak", soak},           {"pair_cost", pair_cost}, {"near_full", near_full}};

// Another one for each configuration and seed.
std::filesystem::path artifact_of(const Settings& settings) {
  std::string name = fmt::format("violation-{}-{}-{}-{}-{}", settings.run, key_of(freelists, settings.freelist),
                                 settings.shift ? "shift" : settings.sizes, settings.load, settings.threads);
  if (settings.bug != Bug::none) name += "-" + key_of(bugs, settings.bug);
  return settings.directory / fmt::format("{}-{}.json", name, settings.seed);
}

}  // namespace

Outcome run(const Settings& settings) {
  const auto found = runs.find(settings.run);
  if (found == runs.end()) throw std::runtime_error("expected the name of a run, found '" + settings.run + "'");
  try {
    return found->second(settings);
  } catch (const Violation& violation) {
    return {nlohmann::json::object(), {violation.what()}};
  }
}

std::string violated_by(const std::string& violation) { return violation.substr(0, violation.find(':')); }

void report(const Settings& settings, const Outcome& outcome, bool leave_artifact) {
  for (const std::string& violation : outcome.violations) fmt::print("{}\n", violation);
  if (!leave_artifact) return;
  const auto path = artifact_of(settings);
  write_json(path, {{"engine", "long_runs"},
                    {"invariant", violated_by(outcome.violations.front())},
                    {"message", outcome.violations.front()},
                    {"violations", outcome.violations},
                    {"settings", to_json(settings)},
                    {"seed", settings.seed},
                    {"numbers", outcome.numbers}});
  fmt::print("again: scripts/repro {}\n", path.string());
}

int repro(const std::filesystem::path& artifact, unsigned attempts) {
  std::ifstream in(artifact);
  const nlohmann::json recorded = nlohmann::json::parse(in);
  if (recorded.at("engine") != "long_runs")
    throw std::runtime_error("expected an artifact of long_runs, found " + artifact.string());
  const std::string wanted = recorded.at("invariant");
  Settings settings = settings_from(recorded.at("settings"));
  settings.directory = std::filesystem::temp_directory_path() / fmt::format("long_runs-repro.{}", ::getpid());
  if (settings.threads == 1) attempts = 1;  // it repeats
  fmt::print("recorded: {}\nthe same settings and seed again, at most {} times\n", recorded.at("message").get<std::string>(),
             attempts);
  int status = violated;
  for (unsigned i = 0; i < attempts && status == violated; ++i) {
    const Outcome outcome = run(settings);
    report(settings, outcome, false);
    if (std::ranges::count(outcome.violations, wanted, violated_by) != 0) status = held;
  }
  std::filesystem::remove_all(settings.directory);
  fmt::print("{}\n", status == held ? "reproduced" : "not reproduced");
  return status;
}

}  // namespace rarena::stress
