#include "artifact.hpp"

#include <fstream>

#include "budget.hpp"
#include "models/engine/listing.hpp"

namespace rarena::models::relacy {

using nlohmann::ordered_json;

namespace {

ordered_json to_json(Effort effort) { return {{"bound", effort.bound}, {"random", effort.random}}; }

}  // namespace

std::vector<const RelacyEntry*> all_entries() {
  std::vector<const RelacyEntry*> all;
  for (const auto part :
       {cursor_entries(), freelist_entries(), contention_entries(), size_entries(), supply_entries(), durability_entries()})
    for (const RelacyEntry& e : part) all.push_back(&e);
  return all;
}

std::expected<NamedJob, std::string> resolve(const Names& names, const std::string& scheduler) {
  const auto selection = select(all_entries(), names);
  if (!selection) return std::unexpected(selection.error());
  if (scheduler != "bound" && scheduler != "random")
    return std::unexpected("no scheduler is called '" + scheduler + "'; expected bound or random");
  NamedJob named;
  named.entry = selection->entry;
  named.job.kind = selection->kind;
  named.job.mutant = selection->mutant;
  named.job.random = scheduler == "random";
  return named;
}

ordered_json catalogue() {
  const auto effort = [](const Info& info, Freelist) { return std::pair(to_json(info.quick), to_json(info.full)); };
  return listing("relacy", "each", all_entries(), effort, search_of);
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
  auto named = resolve({text("scenario"), text("freelist"), text("mutant")}, text("scheduler"));
  if (!named) return std::unexpected("'" + path + "': " + named.error());
  if (!json.contains("bound") || !json["bound"].is_number_unsigned() || text("state").empty())
    return std::unexpected("'" + path + "': expected a number \"bound\" and a text \"state\"");
  named->job.bound = json["bound"].get<unsigned>();
  named->job.state = text("state");
  return Replay{*named, text("kind")};
}

}  // namespace rarena::models::relacy
