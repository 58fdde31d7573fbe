#include "job.hpp"

#include <fmt/format.h>

#include "models/catalogue/catalogue.hpp"
#include "models/catalogue/names.hpp"

namespace rarena::models {

namespace {

std::expected<Scenario, std::string> scenario_of(const std::string& text) {
  if (is_program(text)) {
    auto program = parse(text);
    if (!program) return std::unexpected(program.error());
    return Scenario{.name = text, .program = *std::move(program)};
  }
  if (const Scenario* const scenario = scenario_named(text)) return *scenario;
  std::string known;
  for (const Scenario& s : scenarios()) known += (known.empty() ? "" : ", ") + s.name;
  return std::unexpected("no scenario is called '" + text + "'; there are: " + known);
}

// A bug of recovery shows itself where a crash is recovered, and those of other kinds are for other harnesses.
std::string wrong_with(const Bug& bug, const std::string& analysis) {
  if (bug.is_of_code() || (bug.kind == "recovery" && analysis == "crash")) return "";
  return fmt::format("bug '{}' is one of {}, which {} finds, not the analysis '{}'", bug.name, bug.kind,
                     bug.found_by.begin().key(), analysis);
}

}  // namespace

Names Job::names() const { return {scenario.name, std::string(name(freelist)), bug == nullptr ? "" : bug->name}; }

std::expected<Job, std::string> job_of(const Names& names, AnalysisSpec analysis) {
  auto scenario = scenario_of(names.scenario);
  if (!scenario) return std::unexpected(scenario.error());
  const auto freelist = freelist_named(names.freelist);
  if (!freelist) return std::unexpected(freelist.error());
  if (!scenario->freelists.contains(*freelist))
    return std::unexpected("scenario '" + names.scenario + "' makes no sense with freelist '" + names.freelist + "'");
  Job job{.scenario = *std::move(scenario), .freelist = *freelist, .analysis = std::move(analysis)};
  if (names.bug.empty()) return job;
  const auto bug = bug_named(names.bug);
  if (!bug) return std::unexpected(bug.error());
  if (const std::string wrong = wrong_with(**bug, job.analysis.name); !wrong.empty()) return std::unexpected(wrong);
  job.bug = *bug;
  return job;
}

nlohmann::ordered_json to_json(const Bounds& b) {
  return {{"scheduler", b.scheduler},        {"bound", b.bound}, {"first", b.first},
          {"iterations", b.iterations},      {"seed", b.seed},   {"maximum", b.maximum},
          {"weak_failures", b.weak_failures}};
}

Bounds bounds_of(const nlohmann::ordered_json& json) {
  return {.scheduler = json.at("scheduler"),
          .bound = json.at("bound"),
          .first = json.at("first"),
          .iterations = json.at("iterations"),
          .seed = json.at("seed"),
          .weak_failures = json.at("weak_failures"),
          .maximum = json.at("maximum")};
}

std::string describe(const Job& job) {
  std::string text = fmt::format("scenario {}, freelist {}", job.scenario.name, name(job.freelist));
  if (job.bug) text += ", bug " + job.bug->name;
  if (job.analysis.name != AnalysisSpec{}.name) text += ", analysis " + job.analysis.name;
  return text;
}

}  // namespace rarena::models
