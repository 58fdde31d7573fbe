#include "report.hpp"

#include <fmt/format.h>

#include <fstream>

#include "budget.hpp"
#include "models/corpus/weakened.hpp"
#include "models/crash/snapshot.hpp"

namespace rarena::models::checking {

using nlohmann::ordered_json;

namespace {

ordered_json to_json(const Effort& e) { return {{"exhaustive", e.exhaustive}, {"bound", e.bound}, {"random", e.random}}; }

ordered_json to_json(const checker::Counters& c) {
  return {{"complete", c.complete}, {"blocked", c.blocked},
          {"bound", c.bound},       {"moot", c.moot},
          {"cut", c.cut},           {"inconsistent", c.inconsistent},
          {"longest", c.longest},   {"not_interleaved", c.not_interleaved}};
}

ordered_json to_json(const CrashNames& c) { return {{"mode", c.mode}, {"defect", c.defect}, {"page", c.page}}; }
ordered_json to_json(const crash::Counters& c) { return {{"cuts", c.cuts}, {"files", c.files}, {"recoveries", c.recoveries}}; }

ordered_json to_json(const checker::PathSet& set) {
  return {{"count", set.count}, {"digest", checker::to_hexadecimal(set.digest)}};
}

// Reads the fields of an object; the first that is missing or of the wrong type is remembered.
class Fields {
 public:
  Fields(const ordered_json& object, std::string& wrong) : object_(object), wrong_(wrong) {
    if (!object.is_object() && wrong_.empty()) wrong_ = "expected an object, found " + std::string(object.type_name());
  }
  template <class T>
  T get(const char* key) {
    if (!wrong_.empty()) return {};
    try {
      return object_.at(key).get<T>();
    } catch (const ordered_json::exception&) {
      wrong_ = fmt::format("expected a field \"{}\" of another type or value, found {}", key,
                           object_.contains(key) ? object_[key].dump() : "nothing");
      return {};
    }
  }

 private:
  const ordered_json& object_;
  std::string& wrong_;
};

checker::PathSet path_set(const ordered_json& json, std::string& wrong) {
  Fields f(json, wrong);
  checker::PathSet set{.count = f.get<std::uint64_t>("count")};
  const auto digest = f.get<std::string>("digest");
  char* end = nullptr;
  set.digest = std::strtoull(digest.c_str(), &end, 16);
  if (wrong.empty() && (digest.empty() || *end != '\0')) wrong = "expected a hexadecimal digest, found \"" + digest + "\"";
  return set;
}

std::expected<ordered_json, std::string> read_json(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::unexpected("cannot open '" + path + "'");
  auto json = ordered_json::parse(file, nullptr, false);
  if (!json.is_object()) return std::unexpected("'" + path + "' is not a JSON object");
  return json;
}

checker::Fault fault_named(std::string_view name) {
  using enum checker::Fault;
  for (const auto fault : {assertion, data_race, unwritten, step_bound, livelock, deadlock})
    if (checker::name(fault) == name) return fault;
  return assertion;
}

std::string_view verdict_name(checker::Verdict verdict) {
  switch (verdict) {
    case checker::Verdict::held:
    case checker::Verdict::bounded: return "held";
    case checker::Verdict::incomplete: return "incomplete";
    case checker::Verdict::violation: return "violation";
  }
  return "";
}

}  // namespace

ordered_json catalogue() {
  const auto effort = [](const Info& info, Freelist) {
    return std::pair(to_json(effort_of(info.name, false)), to_json(effort_of(info.name, true)));
  };
  return listing("checker", "last", all_entries(), effort, search_of);
}

ordered_json ledger_catalogue() {
  auto rows = ordered_json::array();
  for (const Row& r : ledger) {
    auto partners = ordered_json::array(), mutants = ordered_json::array();
    for (const Site partner : r.partners) partners.push_back(row(partner).name);
    for (const Mutant& m : weakened_rows())
      if (m.other_orders().front().site == r.site)
        mutants.push_back({{"name", m.name}, {"order", name(m.other_orders().front().order)}});
    rows.push_back({{"site", r.name},
                    {"order", name(r.order)},
                    {"failure", name(r.failure)},
                    {"compare_exchange", r.access == Access::compare_exchange},
                    {"partners", partners},
                    {"why", r.why},
                    {"mutants", mutants},
                    {"why_not_killed", why_not_killed(r.site)}});
  }
  return rows;
}

std::string invariant_of(const checker::Violation& v) {
  switch (v.fault) {
    case checker::Fault::data_race: return "SEG-3";
    case checker::Fault::unwritten: return "FL-2";
    case checker::Fault::step_bound:
    case checker::Fault::livelock:
    case checker::Fault::deadlock: return "PRG-1";
    case checker::Fault::assertion: break;
  }
  return v.message.substr(0, v.message.find(':'));
}

ordered_json to_json(const Ending& e) {
  const checker::Result& r = e.report.result;
  ordered_json json = {{"verdict", verdict_name(r.verdict)},
                       {"iterations", r.counters.executions() + r.counters.violations},
                       {"seconds", r.seconds},
                       {"kind", r.violation ? checker::name(r.violation->fault) : ""},
                       {"invariant", r.violation ? invariant_of(*r.violation) : ""},
                       {"message", r.violation ? r.violation->message : e.message},
                       {"artifact", e.artifact},
                       {"exhaustive", r.verdict == checker::Verdict::held},
                       {"weak_failures", e.weak_failures},
                       {"counters", to_json(r.counters)}};
  if (e.crash) json["crash"] = to_json(*e.crash);
  const checker::Shard& shard = e.report.shard;
  if (!shard.whole())
    json["shard"] = {{"job", e.job},
                     {"total", shard.total},
                     {"index", shard.index},
                     {"depth", shard.depth},
                     {"frontier", to_json(e.report.frontier)},
                     {"taken", to_json(e.report.taken)}};
  return json;
}

std::expected<Ending, std::string> read_shard(const std::string& path) {
  const auto json = read_json(path);
  if (!json) return std::unexpected(json.error());
  std::string wrong;
  Ending e;
  Fields top(*json, wrong);
  const auto shard_json = top.get<ordered_json>("shard");
  const auto counters_json = top.get<ordered_json>("counters");
  const auto verdict = top.get<std::string>("verdict");
  const bool exhaustive = top.get<bool>("exhaustive");
  checker::Result& r = e.report.result;
  r.seconds = top.get<double>("seconds");
  e.weak_failures = top.get<unsigned>("weak_failures");
  e.artifact = top.get<std::string>("artifact");
  e.message = top.get<std::string>("message");
  r.verdict = verdict == "violation" ? checker::Verdict::violation
              : verdict != "held"    ? checker::Verdict::incomplete
              : exhaustive           ? checker::Verdict::held
                                     : checker::Verdict::bounded;
  if (verdict == "violation") {
    r.violation.emplace();
    r.violation->fault = fault_named(top.get<std::string>("kind"));
    r.violation->message = e.message;
  }
  Fields c(counters_json, wrong);
  r.counters.complete = c.get<std::uint64_t>("complete");
  r.counters.blocked = c.get<std::uint64_t>("blocked");
  r.counters.bound = c.get<std::uint64_t>("bound");
  r.counters.moot = c.get<std::uint64_t>("moot");
  r.counters.cut = c.get<std::uint64_t>("cut");
  r.counters.inconsistent = c.get<std::uint64_t>("inconsistent");
  r.counters.not_interleaved = c.get<std::uint64_t>("not_interleaved");
  r.counters.longest = c.get<int>("longest");
  Fields s(shard_json, wrong);
  e.job = s.get<std::string>("job");
  e.report.shard = {s.get<unsigned>("total"), s.get<unsigned>("index"), s.get<int>("depth")};
  e.report.frontier = path_set(s.get<ordered_json>("frontier"), wrong);
  e.report.taken = path_set(s.get<ordered_json>("taken"), wrong);
  if (!wrong.empty()) return std::unexpected("'" + path + "': " + wrong);
  return e;
}

std::expected<Crash, std::string> crash_of(const CrashNames& names) {
  Crash crash{.page = names.page};
  const auto mode = crash::mode_named(names.mode);
  if (!mode) {
    std::string known;
    for (const auto& m : crash::modes) known += (known.empty() ? "" : ", ") + std::string(m.name);
    return std::unexpected("no crash is called '" + names.mode + "'; expected one of " + known);
  }
  crash.mode = *mode;
  const auto defect = crash::defect_named(names.defect);
  if (!defect) {
    std::string known;
    for (const auto& d : crash::defects) known += (known.empty() ? "" : ", ") + std::string(d.name);
    return std::unexpected("no defect is called '" + names.defect + "'; expected one of " + known);
  }
  crash.defect = *defect;
  if (names.page < 8 || names.page > crash::largest_memory || !is_power_of_two(names.page))
    return std::unexpected(
        fmt::format("expected pages of a power of two, 8 to {} bytes, found {}", crash::largest_memory, names.page));
  return crash;
}

ordered_json to_json(const Artifact& a, const checker::Violation& v) {
  return {{"engine", "checker"},
          {"scenario", a.names.scenario},
          {"freelist", a.names.freelist},
          {"mutant", a.names.mutant},
          {"weak_failures", a.weak_failures},
          {"kind", checker::name(v.fault)},
          {"invariant", invariant_of(v)},
          {"message", v.message},
          {"halting", a.halting ? ordered_json{{"thread", a.halting->thread}, {"before", a.halting->before}} : ordered_json()},
          {"crash", a.crash ? to_json(*a.crash) : ordered_json()},
          {"execution", ordered_json::parse(checker::to_json(a.execution))}};
}

std::expected<Artifact, std::string> read_artifact(const std::string& path) {
  const auto json = read_json(path);
  if (!json) return std::unexpected(json.error());
  std::string wrong;
  Fields f(*json, wrong);
  const auto engine = f.get<std::string>("engine");
  if (wrong.empty() && engine != "checker")
    return std::unexpected("'" + path + "': expected engine \"checker\", found \"" + engine + "\"");
  Artifact a{.names = {f.get<std::string>("scenario"), f.get<std::string>("freelist"), f.get<std::string>("mutant")},
             .weak_failures = f.get<unsigned>("weak_failures"),
             .execution = {}};
  const auto execution = f.get<ordered_json>("execution");
  if (json->contains("halting") && !(*json)["halting"].is_null()) {
    const auto halting = f.get<ordered_json>("halting");
    Fields h(halting, wrong);
    a.halting = {.thread = h.get<unsigned>("thread"), .before = h.get<unsigned>("before")};
  }
  if (json->contains("crash") && !(*json)["crash"].is_null()) {
    const auto crash = f.get<ordered_json>("crash");
    Fields c(crash, wrong);
    a.crash = {.mode = c.get<std::string>("mode"), .defect = c.get<std::string>("defect"), .page = c.get<Size>("page")};
  }
  if (!wrong.empty()) return std::unexpected("'" + path + "': " + wrong);
  try {
    a.execution = checker::from_json(execution.dump());
  } catch (const std::invalid_argument& error) {
    return std::unexpected("'" + path + "': execution: " + error.what());
  }
  return a;
}

}  // namespace rarena::models::checking
