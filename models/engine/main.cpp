// The program of an engine: lists what there is, runs a job, replays a finding, shrinks one. The same for every engine; what an
// engine adds is in its class (engine.hpp). `list` and `run` speak JSON, a line each, to scripts/lab.
//
// Exit status: 0 held (replay: reproduced), 1 violation (replay: not reproduced), 2 incomplete, 3 could not run.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>

#include "models/catalogue/catalogue.hpp"
#include "models/catalogue/names.hpp"
#include "shrink.hpp"

namespace {

using namespace rarena::models;
using nlohmann::ordered_json;

constexpr int held = 0, violated = 1, incomplete = 2, could_not_run = 3;

int status_of(rarena::models::Verdict verdict) {
  switch (verdict) {
    case rarena::models::Verdict::held: return held;
    case rarena::models::Verdict::violation: return violated;
    case rarena::models::Verdict::incomplete: return incomplete;
  }
  return could_not_run;
}

class EngineProgram {
 public:
  explicit EngineProgram(Engine& engine) : engine_(engine) {}

  int main(int argc, char** argv);

 private:
  void add_run(CLI::App& app);
  void add_replay(CLI::App& app);
  void add_shrink(CLI::App& app);

  int list() const;
  // Where files go; empty: nowhere.
  struct Files {
    std::string finding, report;
  };
  int run(const Names& names, AnalysisSpec analysis, Bounds bounds, const Files& files);
  struct Replaying {
    std::string path;
    bool raw = false;      // with all that the engine itself can tell
    bool control = false;  // the shipped code in place of the finding's bug
  };
  int replay(const Replaying& what);
  int shrink(const std::string& path, std::uint64_t maximum, const std::string& to);

  int fail(const std::string& why) const {
    print_refusal(engine_.name(), why);
    return could_not_run;
  }
  ordered_json row(const Scenario& scenario, rarena::Freelist kind) const;
  ordered_json row(const Bug& bug) const;

  Engine& engine_;
  int status_ = held;
};

ordered_json EngineProgram::row(const Scenario& s, rarena::Freelist kind) const {
  const ordered_json efforts = efforts_of(s.name, engine_.name());
  return {{"scenario", s.name},           {"freelist", rarena::name(kind)}, {"threads", s.threads()},  {"about", s.about},
          {"quick", efforts.at("quick")}, {"full", efforts.at("full")},     {"not_shown", s.not_shown}};
}

ordered_json EngineProgram::row(const Bug& bug) const {
  const std::string engine(engine_.name());
  const ordered_json search = bug.found_by.value(engine, ordered_json::object());
  return {{"name", bug.name},
          {"about", bug.about},
          {"scenario", bug.scenario},
          {"freelist", rarena::name(bug.freelist)},
          {"scheduler", search.value("scheduler", engine_.schedulers().front())},
          {"bound", search.value("bound", 0)},
          {"first", 1},
          {"iterations", search.value("random", 0)},
          {"invariant", search.value("invariant", "")},
          {"expect", search.empty() ? "not_found" : "violation"},
          {"not_found_reason", bug.not_found_by.value(engine, "")}};
}

int EngineProgram::list() const {
  auto all = ordered_json::array(), known = ordered_json::array();
  for (const Scenario& s : scenarios())
    for (const rarena::Freelist kind : rarena::all_freelists)
      if (s.freelists.contains(kind)) all.push_back(row(s, kind));
  for (const Bug& bug : bugs())
    if (bug.is_of_code() && !bug.needs_a_crash()) known.push_back(row(bug));
  const ordered_json listing = {{"engine", engine_.name()},
                                {"about", engine_.about()},
                                {"schedulers", engine_.schedulers()},
                                {"analyses", engine_.analyses()},
                                {"bounds", engine_.bounds()},
                                {"scenarios", all},
                                {"bugs", known}};
  std::cout << listing.dump(1) << std::endl;
  return held;
}

int EngineProgram::run(const Names& names, AnalysisSpec analysis, Bounds bounds, const Files& files) {
  if (bounds.scheduler.empty()) bounds.scheduler = engine_.schedulers().front();
  if (const std::string wrong = engine_.prepare(bounds); !wrong.empty()) return fail(wrong);
  const auto job = job_of(names, std::move(analysis));
  if (!job) return fail(job.error());
  const auto ending = engine_.run(*job, bounds);
  if (!ending) return fail(ending.error());
  const bool write = ending->violation && !files.finding.empty();
  if (write)
    if (const auto written = write_finding(files.finding, finding_of(engine_, *job, bounds, *ending)); !written)
      return fail(written.error());
  const ordered_json result = to_json(*ending, write ? files.finding : "");
  if (!files.report.empty()) {
    std::ofstream file(files.report);
    file << result.dump(1) << "\n";
    if (!file.flush()) return fail("cannot write the report '" + files.report + "'");
  }
  std::cout << ordered_json{{"result", result}} << std::endl;
  return status_of(ending->verdict);
}

int EngineProgram::replay(const Replaying& what) {
  const std::string& path = what.path;
  const auto finding = read_finding(path, engine_.name());
  if (!finding) return fail(finding.error());
  auto job = job_of(finding->names, finding->analysis);
  if (!job) return fail("'" + path + "': " + job.error());
  if (what.control) job->bug = nullptr;
  const auto replayed = engine_.replay(*job, *finding, what.raw);
  if (!replayed) return fail("'" + path + "': " + replayed.error());
  std::cout << describe(*job) << ": " << (replayed->reproduced ? "reproduced: " : "NOT reproduced: ") << replayed->what << "\n";
  if (replayed->reproduced)
    for (const std::string& suspect : finding->suspects) std::cout << "suspect: " << suspect << "\n";
  std::cout << std::flush;
  return replayed->reproduced ? held : violated;
}

int EngineProgram::shrink(const std::string& path, std::uint64_t maximum, const std::string& to) {
  const auto finding = read_finding(path, engine_.name());
  if (!finding) return fail(finding.error());
  const auto shrunk = rarena::models::shrink(engine_, *finding, maximum);
  if (!shrunk) return fail(shrunk.error());
  if (!to.empty())
    if (const auto written = write_finding(to, shrunk->finding); !written) return fail(written.error());
  ordered_json json = to_json(*shrunk);
  json["finding"] = to;
  std::cout << ordered_json{{"result", json}} << std::endl;
  return violated;
}

void EngineProgram::add_run(CLI::App& app) {
  struct Given {
    Names names;
    AnalysisSpec analysis;
    Bounds bounds;
    std::string finding, report;
  };
  const auto given = std::make_shared<Given>();
  auto* command = app.add_subcommand("run", "run one job; lines of JSON on standard output");
  command->add_option("--scenario", given->names.scenario, "of the catalogue, or the text of a program")->required();
  command->add_option("--freelist", given->names.freelist, "none, optimistic or pessimistic")->required();
  command->add_option("--bug", given->names.bug, "a known bug in place of the shipped code");
  command->add_option("--scheduler", given->bounds.scheduler, "the first is the default")
      ->check(CLI::IsMember(engine_.schedulers()));
  command->add_option("--bound", given->bounds.bound, "of the scheduler bound");
  command->add_option("--first", given->bounds.first, "random: the first execution")->check(CLI::PositiveNumber);
  command->add_option("--iterations", given->bounds.iterations, "random: how many executions")->check(CLI::PositiveNumber);
  command->add_option("--finding", given->finding, "where a violation goes, for replay, shrink and promote");
  command->add_option("--report", given->report, "where the result goes too");
  if (engine_.analyses().size() > 1)
    command->add_option("--analysis", given->analysis.name, "what else may befall an execution")
        ->check(CLI::IsMember(engine_.analyses()));
  engine_.add_options(*command, given->analysis, given->bounds);
  command->callback(
      [this, given] { status_ = run(given->names, given->analysis, given->bounds, {given->finding, given->report}); });
}

void EngineProgram::add_replay(CLI::App& app) {
  const auto what = std::make_shared<Replaying>();
  auto* command = app.add_subcommand("replay", "replay a finding and show it step by step");
  command->add_option("finding", what->path)->required();
  command->add_flag("--raw", what->raw, "with all that the engine itself can tell");
  command->add_flag("--control", what->control, "the shipped code in place of the finding's bug");
  command->callback([this, what] { status_ = replay(*what); });
}

void EngineProgram::add_shrink(CLI::App& app) {
  struct Given {
    std::string path, to;
    std::uint64_t maximum = 300'000;
  };
  const auto given = std::make_shared<Given>();
  auto* command = app.add_subcommand("shrink", "find a smaller program with the same violation");
  command->add_option("finding", given->path)->required();
  command->add_option("--finding", given->to, "where the smaller one goes");
  command->add_option("--maximum", given->maximum, "executions of a candidate (0: all)");
  command->callback([this, given] { status_ = shrink(given->path, given->maximum, given->to); });
}

int EngineProgram::main(int argc, char** argv) {
  CLI::App app{std::string(engine_.about())};
  app.require_subcommand(1);
  app.add_subcommand("list", "print scenarios and known bugs as JSON")->callback([this] { status_ = list(); });
  add_run(app);
  add_replay(app);
  add_shrink(app);
  engine_.add_commands(app, [this](int status) { status_ = status; });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : could_not_run;
  } catch (const std::exception& error) {
    return fail(error.what());
  }
  return status_;
}

}  // namespace

int main(int argc, char** argv) {
  const auto engine = make_engine();
  return EngineProgram(*engine).main(argc, argv);
}
