// long_runs: the arena for long, and what counts of refusals and bytes come to. See stress/README.md.
//
//     long_runs RUN [--seed S] [--freelist KIND] [--operations N] [--sizes MIX,...] [--loads PERCENT,...] [--bug NAME] ...
//     long_runs repro ARTIFACT [--attempts N]
//
// Exit status: 0 held (with --bug: the bug was found; repro: reproduced), 1 a violation (with --bug: not found; repro:
// not reproduced), 2 could not run (repro: 3).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <random>
#include <string>
#include <vector>

#include "long_runs/ending.hpp"
#include "long_runs/mix.hpp"
#include "shared/choice.hpp"
#include "shared/json_file.hpp"

namespace {

using namespace rarena;
using namespace rarena::stress;

// What several runs are made of.
struct Plan {
  Settings settings;
  std::vector<std::string> sizes;
  std::vector<unsigned> loads, threads;
};

std::vector<std::string> names_of_mixes() {
  std::vector<std::string> names;
  for (const auto& [name, unused] : mixes) names.push_back(name);
  return names;
}

// Every mix with every load and number of threads.
std::vector<Settings> settings_of(const Plan& plan) {
  std::vector<Settings> all;
  const bool occupancy = plan.settings.run == "occupancy", near_full = plan.settings.run == "near_full";
  std::vector<std::string> sizes = plan.sizes;
  std::vector<unsigned> loads = plan.loads, threads = plan.threads;
  if (sizes.empty() && occupancy && !plan.settings.shift) sizes = {"16", "1..64", "8..128", "16..8191"};
  if (sizes.empty() && plan.settings.run == "frag") sizes = {"8..128", "16..8191"};
  if (sizes.empty()) sizes = {plan.settings.sizes};
  if (loads.empty() && near_full) loads = {95};
  if (loads.empty() && occupancy) loads = {10, 45, 70, 85};
  if (loads.empty()) loads = {plan.settings.load};
  if (threads.empty()) threads = near_full ? std::vector{1U, 4U} : std::vector{plan.settings.threads};
  for (const std::string& mix : sizes)
    for (const unsigned load : loads)
      for (const unsigned count : threads) {
        all.push_back(plan.settings);
        all.back().sizes = mix;
        all.back().load = load;
        all.back().threads = count;
      }
  return all;
}

int run_all(const Plan& plan) {
  const Settings& common = plan.settings;
  fmt::print("{}, arena of {} bytes, {} operations, seed {}\n", common.run, common.capacity, common.operations, common.seed);
  nlohmann::json numbers = nlohmann::json::array();
  std::string first;
  for (const Settings& settings : settings_of(plan)) {
    const Outcome outcome = run(settings);
    numbers.push_back({{"settings", to_json(settings)}, {"numbers", outcome.numbers}, {"violations", outcome.violations}});
    if (outcome.violations.empty()) continue;
    report(settings, outcome, first.empty());
    if (first.empty()) first = violated_by(outcome.violations.front());
  }
  if (!common.json.empty()) write_json(common.json, numbers);
  if (common.bug == Bug::none) return first.empty() ? held : violated;
  fmt::print("bug {}: {}\n", key_of(bugs, common.bug), first.empty() ? "not found" : "found as " + first);
  return first.empty() ? violated : held;
}

void add_options(CLI::App& app, Plan& plan) {
  Settings& s = plan.settings;
  app.add_option("--operations", s.operations, "of all threads; pmr: steps of each container")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--minutes", s.minutes, "soak: so long, instead of --operations")->check(CLI::PositiveNumber);
  app.add_option("--every", s.every, "soak: seconds between two samples, with --minutes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--segments", s.segments, "soak, near_full: free segments in front that nothing fits in; pair_cost: the most");
  app.add_option("--reserve", s.reserve, "descriptors made with the arena, but of shatter")->capture_default_str();
  app.add_option("--seed", s.seed, "absent: a random one");
  app.add_option("--threads", plan.threads, "of occupancy, soak and near_full; absent: 1, and of near_full 1,4")
      ->delimiter(',')
      ->check(CLI::Range(1U, 64U));
  app.add_option("--capacity", s.capacity, "bytes")->check(CLI::Range(16384U, 1U << 30U))->capture_default_str();
  add_choice(app, "--freelist", s.freelist, freelists, "absent: optimistic");
  app.add_option("--sizes", plan.sizes, "of occupancy, frag, soak and near_full; absent: those of the run")
      ->delimiter(',')
      ->check(CLI::IsMember(names_of_mixes()));
  app.add_option("--loads", plan.loads, "percent that is live; absent: those of the run")
      ->delimiter(',')
      ->check(CLI::Range(1U, 99U));
  app.add_flag("--shift", s.shift, "occupancy: small, then large, then small sizes");
  add_choice(app, "--bug", s.bug, bugs, "a known bug, which must be found");
  app.add_option("--directory", s.directory, "of the artifact and the samples")->capture_default_str();
  app.add_option("--json", s.json, "the numbers go there too");
}

void add_runs(CLI::App& app, Plan& plan) {
  const std::map<std::string, std::string> abouts = {{"occupancy", "threads hold a load; compared with a best fit that joins"},
                                                     {"shatter", "one object comes and goes in a full arena"},
                                                     {"frag", "a load; then everything is freed"},
                                                     {"pmr", "five containers of the standard library"},
                                                     {"soak", "threads hold a load for long; with samples"},
                                                     {"near_full", "a nearly full arena, against one that is not"},
                                                     {"pair_cost", "allocate and free beside many free segments"}};
  for (const auto& [name, about] : abouts)
    app.add_subcommand(name, about)->fallthrough()->callback([&plan, name] { plan.settings.run = name; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs the arena for long, and judges counts of refusals and bytes.");
  Plan plan;
  std::filesystem::path artifact;
  unsigned attempts = 5;
  add_options(app, plan);
  add_runs(app, plan);
  CLI::App* const again = app.add_subcommand("repro", "runs what an artifact says again");
  again->add_option("ARTIFACT", artifact)->required()->check(CLI::ExistingFile);
  again->add_option("--attempts", attempts, "of a run with several threads")->check(CLI::PositiveNumber)->capture_default_str();
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
    if (again->parsed()) return repro(artifact, attempts);
    if (app.count("--seed") == 0) plan.settings.seed = std::random_device()();
    return run_all(plan);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? held : could_not_run;
  } catch (const std::exception& error) {
    fmt::print(stderr, "long_runs: {}\n", error.what());
    return again->parsed() ? 3 : could_not_run;
  }
}
