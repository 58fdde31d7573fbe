#include "shrink.hpp"

#include <fmt/format.h>

#include "models/scenario/shrink.hpp"
#include "progress.hpp"

namespace rarena::models {

using nlohmann::ordered_json;

namespace {

class Shrinking {
 public:
  Shrinking(Engine& engine, const Finding& finding, std::uint64_t maximum)
      : engine_(engine), finding_(finding), bounds_(finding.bounds) {
    bounds_.maximum = maximum;
    bounds_.invariant = finding.violation.invariant;
  }

  std::expected<Shrunk, std::string> run() {
    const auto job = job_of(finding_.names, finding_.analysis);
    if (!job) return std::unexpected(job.error());
    job_ = *job;
    job_.analysis.options.erase("at");  // a smaller program violates at another place
    demanded_ = finding_.violation.message == job_.scenario.expect.otherwise;
    if (demanded_ && !job_.bug)
      return std::unexpected("what is violated is demanded of the whole scenario, so a part of it shows nothing: " +
                             finding_.violation.message);
    shrunk_.from = job_.scenario.program;
    if (!shows(shrunk_.from, unlimited()))  // a maximum is for candidates: the finding itself may need more
      return std::unexpected("'" + print(shrunk_.from) + "' does not violate " + bounds_.invariant +
                             " on the present code, within the bounds of the finding" + (wrong_.empty() ? "" : ": " + wrong_));
    shrunk_.candidates = shrunk_.executions = shrunk_.undecided = 0;
    shrunk_.to = models::shrink(shrunk_.from, [this](const ClientProgram& program) { return shows(program, bounds_); });
    if (const std::string wrong = choose(); !wrong.empty()) return std::unexpected(wrong);
    if (job_.bug) shrunk_.control = control_of(shrunk_.to);
    shrunk_.seconds = progress_.seconds();
    return std::move(shrunk_);
  }

 private:
  Job with(const ClientProgram& program, bool control = false) const {
    Job job = job_;
    job.scenario = {.name = print(program), .program = program, .slab = job_.scenario.slab};
    if (demanded_) job.scenario.expect = job_.scenario.expect;
    if (control) job.bug = nullptr;
    return job;
  }
  bool violates(const Ending& ending) const {
    return ending.violation && ending.violation->invariant == finding_.violation.invariant;
  }
  Bounds unlimited() const {
    Bounds bounds = bounds_;
    bounds.maximum = 0;
    return bounds;
  }
  bool shows(const ClientProgram& program, const Bounds& bounds) {
    ++shrunk_.candidates;
    const auto ending = engine_.run(with(program), bounds);
    if (!ending) {
      wrong_ = ending.error();
      return false;
    }
    shrunk_.executions += ending->iterations;
    shrunk_.undecided += ending->verdict == Verdict::incomplete;
    if (progress_.due()) progress_.say(shrunk_.executions, fmt::format(",\"candidates\":{}", shrunk_.candidates).c_str());
    return violates(*ending) && (!demanded_ || control_of(program) == name(Verdict::held));
  }
  std::string choose() {
    const Job job = with(shrunk_.to);
    auto ending = engine_.simplest(job, bounds_, finding_.violation.invariant);
    if (ending && !violates(*ending)) ending = engine_.run(job, unlimited());  // there were too many to choose from
    if (!ending) return ending.error();
    if (!violates(*ending)) return "the least program shows its violation no more";
    Bounds bounds = finding_.bounds;
    bounds.maximum = 0;
    shrunk_.ending = *std::move(ending);
    shrunk_.finding = finding_of(engine_, job, bounds, shrunk_.ending);
    return "";
  }
  // The verdict of the same program without the bug.
  std::string control_of(const ClientProgram& program) {
    Bounds bounds = bounds_;
    bounds.invariant.clear();
    const auto ending = engine_.run(with(program, true), bounds);
    return ending ? std::string(name(ending->verdict)) : ending.error();
  }

  Engine& engine_;
  const Finding& finding_;
  Bounds bounds_;
  Job job_;
  bool demanded_ = false;  // violated is what the scenario demands besides the invariants: then the control must hold
  Shrunk shrunk_;
  std::string wrong_;
  Progress progress_;
};

ordered_json size_of(const ClientProgram& program) {
  return {{"program", print(program)},
          {"threads", program.threads.size()},
          {"calls", program.calls()},
          {"parts", program.parts.size()}};
}

}  // namespace

std::expected<Shrunk, std::string> shrink(Engine& engine, const Finding& finding, std::uint64_t maximum) {
  return Shrinking(engine, finding, maximum).run();
}

Finding finding_of(const Engine& engine, const Job& job, const Bounds& bounds, const Ending& ending) {
  AnalysisSpec analysis = job.analysis;
  if (!ending.at.empty()) analysis.options["at"] = ending.at;
  return {.engine = std::string(engine.name()),
          .names = job.names(),
          .analysis = std::move(analysis),
          .bounds = bounds,
          .violation = ending.violation.value_or(Violation{}),
          .suspects = ending.suspects,
          .attachments = ending.attachments};
}

ordered_json to_json(const Shrunk& s) {
  ordered_json json = {{"verdict", name(Verdict::violation)},
                       {"iterations", s.executions},
                       {"seconds", s.seconds},
                       {"invariant", s.finding.violation.invariant},
                       {"message", s.finding.violation.message},
                       {"suspects", s.finding.suspects},
                       {"freelist", s.finding.names.freelist},
                       {"bug", s.finding.names.bug},
                       {"from", size_of(s.from)},
                       {"to", size_of(s.to)},
                       {"candidates", s.candidates},
                       {"undecided", s.undecided},
                       {"control", s.control}};
  json.update(s.ending.more);
  return json;
}

}  // namespace rarena::models
