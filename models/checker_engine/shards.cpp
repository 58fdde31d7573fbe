#include "shards.hpp"

#include <fmt/format.h>

#include <fstream>

#include "explore.hpp"
#include "models/checker/report/recording.hpp"

namespace rarena::models::checking {

using nlohmann::ordered_json;

namespace {

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

}  // namespace

ordered_json to_json(const checker::Counters& c) {
  return {{"complete", c.complete}, {"blocked", c.blocked},
          {"bound", c.bound},       {"moot", c.moot},
          {"cut", c.cut},           {"inconsistent", c.inconsistent},
          {"longest", c.longest},   {"not_interleaved", c.not_interleaved}};
}

ordered_json shard_of(const checker::ShardReport& report, const std::string& job) {
  return {{"job", job},
          {"total", report.shard.total},
          {"index", report.shard.index},
          {"depth", report.shard.depth},
          {"frontier", to_json(report.frontier)},
          {"taken", to_json(report.taken)}};
}

std::expected<ShardFile, std::string> read_shard(const std::string& path) {
  const auto json = read_json(path);
  if (!json) return std::unexpected(json.error());
  std::string wrong;
  ShardFile e;
  Fields top(*json, wrong);
  const auto shard_json = top.get<ordered_json>("shard");
  const auto counters_json = top.get<ordered_json>("counters");
  const auto verdict = top.get<std::string>("verdict");
  const bool exhaustive = top.get<bool>("exhaustive");
  checker::Result& r = e.report.result;
  r.seconds = top.get<double>("seconds");
  e.weak_failures = top.get<unsigned>("weak_failures");
  e.finding = top.get<std::string>("finding");
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

std::expected<Ending, std::string> merge_shards(const std::vector<std::string>& paths) {
  std::vector<checker::ShardReport> reports;
  std::string job, message, finding;
  unsigned weak_failures = 1;
  for (const std::string& path : paths) {
    auto shard = read_shard(path);
    if (!shard) return std::unexpected(shard.error());
    if (!reports.empty() && shard->job != job)
      return std::unexpected("'" + path + "' is a shard of '" + shard->job + "', the others are of '" + job + "'");
    job = shard->job;
    weak_failures = shard->weak_failures;
    if (message.empty()) message = shard->message;
    if (finding.empty()) finding = shard->finding;
    reports.push_back(std::move(shard->report));
  }
  std::string why;
  const checker::Result all = checker::merge(reports, why);
  Ending ending{.iterations = all.counters.executions() + all.counters.violations, .seconds = all.seconds};
  ending.verdict = all.verdict == checker::Verdict::violation    ? Verdict::violation
                   : all.verdict == checker::Verdict::incomplete ? Verdict::incomplete
                                                                 : Verdict::held;
  if (all.violation) ending.violation = described(*all.violation);
  ending.message = why.empty() ? message : "INCOMPLETE: " + why;
  ending.more = {{"exhaustive", all.verdict == checker::Verdict::held},
                 {"weak_failures", weak_failures},
                 {"counters", to_json(all.counters)},
                 {"finding", finding}};
  return ending;
}

}  // namespace rarena::models::checking
