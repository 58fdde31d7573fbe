#include "artifact.hpp"

#include <array>
#include <fstream>

#include "budget.hpp"

namespace rarena::models::relacy {

using nlohmann::ordered_json;

namespace {

constexpr std::array<std::string_view, 3> kind_names = {"none", "optimistic", "pessimistic"};

ordered_json to_json(Effort effort) { return {{"bound", effort.bound}, {"random", effort.random}}; }

ordered_json scenario_json(const Entry& e, Freelist kind) {
  return {{"scenario", e.info.name},      {"freelist", name(kind)},         {"threads", e.info.threads},
          {"about", e.info.about},        {"quick", to_json(e.info.quick)}, {"full", to_json(e.info.full)},
          {"not_shown", e.info.not_shown}};
}

ordered_json mutant_json(const Mutant& m) {
  const Budget& budget = budget_of(m.name);
  return {{"name", m.name},
          {"about", m.about},
          {"scenario", m.scenario},
          {"freelist", name(m.kind)},
          {"scheduler", budget.random ? "random" : "bound"},
          {"bound", 1},
          {"first", 1},
          {"iterations", budget.random},
          {"invariant", budget.invariant},
          {"expect", budget.not_found_reason.empty() ? "violation" : "not_found"},
          {"not_found_reason", budget.not_found_reason}};
}

std::string known_scenarios() {
  std::string all;
  for (const Entry* e : all_entries()) all += (all.empty() ? "" : ", ") + std::string(e->info.name);
  return all;
}

}  // namespace

std::vector<const Entry*> all_entries() {
  std::vector<const Entry*> all;
  for (const auto part : {cursor_entries(), freelist_entries(), contention_entries(), supply_entries()})
    for (const Entry& e : part) all.push_back(&e);
  return all;
}

const Mutant* find_mutant(std::string_view wanted) {
  const auto it = std::ranges::find(corpus, wanted, &Mutant::name);
  return it == corpus.end() ? nullptr : &*it;
}

std::string_view name(Freelist kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::expected<NamedJob, std::string> resolve(const std::string& scenario, const std::string& freelist,
                                             const std::string& mutant, const std::string& scheduler) {
  NamedJob named;
  for (const Entry* e : all_entries())
    if (e->info.name == scenario) named.entry = e;
  if (!named.entry) return std::unexpected("no scenario is called '" + scenario + "'; there are: " + known_scenarios());
  const auto kind = std::ranges::find(kind_names, freelist);
  if (kind == kind_names.end())
    return std::unexpected("no freelist is called '" + freelist + "'; expected none, optimistic or pessimistic");
  named.job.kind = static_cast<Freelist>(kind - kind_names.begin());
  if (!contains(named.entry->info.kinds, named.job.kind))
    return std::unexpected("scenario '" + scenario + "' makes no sense with freelist '" + freelist + "'");
  if (!mutant.empty()) {
    named.job.mutant = find_mutant(mutant);
    if (!named.job.mutant) return std::unexpected("no mutant is called '" + mutant + "'; `list` shows the corpus");
    if (!named.entry->runner(named.job.mutant))
      return std::unexpected("mutant '" + mutant + "' is for scenario '" + std::string(named.job.mutant->scenario) + "'");
  }
  if (scheduler != "bound" && scheduler != "random")
    return std::unexpected("no scheduler is called '" + scheduler + "'; expected bound or random");
  named.job.random = scheduler == "random";
  return named;
}

ordered_json catalogue() {
  ordered_json scenarios = ordered_json::array(), mutants = ordered_json::array();
  for (const Entry* e : all_entries())
    for (const Freelist kind : {Freelist::none, Freelist::optimistic, Freelist::pessimistic})
      if (contains(e->info.kinds, kind)) scenarios.push_back(scenario_json(*e, kind));
  for (const Mutant& m : corpus) mutants.push_back(mutant_json(m));
  return {{"engine", "relacy"}, {"scenarios", scenarios}, {"corpus", mutants}};
}

ordered_json to_json(const Result& result, const std::string& artifact) {
  return {{"verdict", result.verdict == Verdict::held ? "held" : "violation"},
          {"iterations", result.iterations},
          {"seconds", result.seconds},
          {"kind", result.kind},
          {"invariant", result.invariant},
          {"message", result.message},
          {"artifact", artifact}};
}

ordered_json make_artifact(const NamedJob& named, const Result& result) {
  return {{"engine", "relacy"},
          {"scenario", named.entry->info.name},
          {"freelist", name(named.job.kind)},
          {"mutant", named.job.mutant ? named.job.mutant->name : ""},
          {"scheduler", named.job.random ? "random" : "bound"},
          {"bound", named.job.bound},
          {"state", result.state},
          {"kind", result.kind},
          {"invariant", result.invariant},
          {"message", result.message}};
}

std::expected<Replay, std::string> read_artifact(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::unexpected("cannot open artifact '" + path + "'");
  const auto json = ordered_json::parse(file, nullptr, false);
  if (!json.is_object()) return std::unexpected("'" + path + "' is not a JSON object");
  const auto text = [&](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
  };
  if (text("engine") != "relacy")
    return std::unexpected("'" + path + "': expected engine \"relacy\", found \"" + text("engine") + "\"");
  auto named = resolve(text("scenario"), text("freelist"), text("mutant"), text("scheduler"));
  if (!named) return std::unexpected("'" + path + "': " + named.error());
  if (!json.contains("bound") || !json["bound"].is_number_unsigned() || text("state").empty())
    return std::unexpected("'" + path + "': expected a number \"bound\" and a text \"state\"");
  named->job.bound = json["bound"].get<unsigned>();
  named->job.state = text("state");
  return Replay{*named, text("kind")};
}

}  // namespace rarena::models::relacy
