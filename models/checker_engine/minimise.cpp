#include "minimise.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "clients.hpp"
#include "models/checker/report/replayer.hpp"
#include "models/checker/report/trace.hpp"
#include "models/clients/minimise.hpp"
#include "models/clients/scenario_programs.hpp"

namespace rarena::models::checking {

namespace {

using clients::ClientProgram;

Names named(const Names& names, const ClientProgram& program) {
  return {clients::print(program), names.freelist, names.mutant};
}

std::uint64_t all_executions(const checker::Counters& c) { return c.executions() + c.violations + c.passed_over; }

checker::Explorer::Options exhaustive(std::uint64_t maximum, unsigned weak_failures) {
  return explorer_options({.names = {}, .weak_failures = weak_failures, .maximum_executions = maximum, .artifact = {}});
}

class Minimiser {
 public:
  Minimiser(const Artifact& artifact, const MinimiseOptions& options) : artifact_(artifact), options_(options) {}

  std::expected<Minimised, std::string> run();

 private:
  std::string begin();
  bool shows(const ClientProgram& program);
  std::string choose();
  std::string keep(const checker::Program& program, const checker::Violation& violation);
  std::string try_twin();
  void say();

  const Artifact& artifact_;
  const MinimiseOptions& options_;
  Minimised m_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void Minimiser::say() {
  m_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  fmt::print("{{\"progress\":{{\"iterations\":{},\"seconds\":{:.1f},\"candidates\":{}}}}}\n", m_.executions, m_.seconds,
             m_.candidates);
  std::fflush(stdout);
}

// The program of the artifact, and what its replay violates.
std::string Minimiser::begin() {
  m_.names = artifact_.names;
  if (artifact_.halting) return "a violation with a thread that stops for ever cannot be minimised";
  if (artifact_.crash) return "a violation of what a crash leaves cannot be minimised";
  if (!artifact_.execution.violation) return "the artifact records no violation";
  const checker::RecordedViolation& v = *artifact_.execution.violation;
  m_.invariant = invariant_of({.fault = v.fault, .message = v.message, .graph = {}});
  if (clients::is_program(m_.names.scenario)) {
    auto program = clients::parse(m_.names.scenario);
    if (!program) return program.error();
    m_.from = *std::move(program);
    return "";
  }
  const Freelist kind = m_.names.freelist == "optimistic"    ? Freelist::optimistic
                        : m_.names.freelist == "pessimistic" ? Freelist::pessimistic
                                                             : Freelist::none;
  auto program = clients::program_of_scenario(m_.names.scenario, kind);
  if (!program) return "no scenario is called '" + m_.names.scenario + "'";
  m_.from = *std::move(program);
  return "";
}

bool Minimiser::shows(const ClientProgram& program) {
  ++m_.candidates;
  const auto found =
      violates(program, m_.names, m_.invariant, options_.maximum_executions, artifact_.weak_failures, m_.executions);
  m_.undecided += !found;
  say();
  return found.value_or(false);
}

// Of the violating executions of the least program, the simplest.
std::string Minimiser::choose() {
  std::optional<checker::Violation> best;
  std::string wrong;
  const auto look_at = [&](const checker::Violation& v) {
    if (invariant_of(v) != m_.invariant) return false;
    ++m_.violating;
    StepOrder order = fewest_switches(v.graph);
    if (!best || order < m_.order) {
      m_.order = std::move(order);
      best = v;
    }
    return false;  // go on
  };
  const Names names = named(m_.names, m_.to);
  const Use use = [&](const checker::Program& program) {
    auto options = exhaustive(options_.maximum_executions, artifact_.weak_failures);
    options.counts = look_at;
    const checker::Result result = checker::Explorer(program, options).run().result;
    m_.executions += all_executions(result.counters);
    m_.all_seen = result.verdict == checker::Verdict::held;
    wrong = best ? keep(program, *best) : "the least program shows its violation no more";
  };
  const std::string unnamed = with_client_named(names, use);
  return unnamed.empty() ? wrong : unnamed;
}

std::string Minimiser::keep(const checker::Program& program, const checker::Violation& violation) {
  m_.trace = checker::render(program, violation.graph, &violation);
  if (m_.trace.ends_with('\n')) m_.trace.pop_back();
  m_.trace +=
      fmt::format("\n{}: {}\n", m_.order.interleaved ? "with the fewest context switches" : "no interleaving; in this order",
                  describe(violation.graph, m_.order));
  if (options_.artifact.empty()) return "";
  const RunOptions run{
      .names = named(m_.names, m_.to), .weak_failures = artifact_.weak_failures, .artifact = options_.artifact};
  if (!write_artifact(run, program, violation)) return "cannot write the artifact '" + options_.artifact + "'";
  m_.artifact = options_.artifact;
  return "";
}

std::string Minimiser::try_twin() {
  if (m_.names.mutant.empty()) return "";
  const Names names{clients::print(m_.to), m_.names.freelist, ""};
  return with_client_named(names, [&](const checker::Program& program) {
    const auto options = exhaustive(options_.maximum_executions, artifact_.weak_failures);
    const checker::Result result = checker::Explorer(program, options).run().result;
    m_.twin = result.verdict == checker::Verdict::held        ? "held"
              : result.verdict == checker::Verdict::violation ? "violation"
                                                              : "incomplete";
  });
}

std::expected<Minimised, std::string> Minimiser::run() {
  std::string wrong = begin();
  if (!wrong.empty()) return std::unexpected(wrong);
  std::uint64_t ignored = 0;
  if (violates(m_.from, m_.names, m_.invariant, 0, artifact_.weak_failures, ignored) != true)
    return std::unexpected(fmt::format("'{}', the program of scenario {}, does not violate {} on the present code",
                                       clients::print(m_.from), m_.names.scenario, m_.invariant));
  m_.to = clients::minimise(m_.from, [this](const ClientProgram& program) { return shows(program); });
  wrong = choose();
  if (wrong.empty()) wrong = try_twin();
  if (!wrong.empty()) return std::unexpected(wrong);
  m_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  return std::move(m_);
}

nlohmann::ordered_json size_of(const ClientProgram& program) {
  return {{"program", clients::print(program)},
          {"threads", program.threads.size()},
          {"calls", program.calls()},
          {"parts", program.parts.size()}};
}

}  // namespace

std::optional<bool> violates(const ClientProgram& program, const Names& names, const std::string& invariant,
                             std::uint64_t maximum_executions, unsigned weak_failures, std::uint64_t& executions) {
  std::optional<bool> found;
  const Use use = [&](const checker::Program& checked) {
    auto options = exhaustive(maximum_executions, weak_failures);
    options.counts = [&](const checker::Violation& v) { return invariant_of(v) == invariant; };
    const checker::Result result = checker::Explorer(checked, options).run().result;
    executions += all_executions(result.counters);
    if (result.verdict != checker::Verdict::incomplete) found = result.violation.has_value();
  };
  const std::string wrong = with_client_named(named(names, program), use);
  if (!wrong.empty()) throw std::invalid_argument(wrong);
  return found;
}

std::expected<Minimised, std::string> minimise(const Artifact& artifact, const MinimiseOptions& options) {
  try {
    return Minimiser(artifact, options).run();
  } catch (const std::invalid_argument& error) {
    return std::unexpected(error.what());
  }
}

nlohmann::ordered_json to_json(const Minimised& m) {
  return {{"verdict", "violation"},
          {"iterations", m.executions},
          {"seconds", m.seconds},
          {"invariant", m.invariant},
          {"artifact", m.artifact},
          {"freelist", m.names.freelist},
          {"mutant", m.names.mutant},
          {"from", size_of(m.from)},
          {"to", size_of(m.to)},
          {"interleaved", m.order.interleaved},
          {"switches", m.order.switches},
          {"old_reads", m.order.old_reads},
          {"candidates", m.candidates},
          {"undecided", m.undecided},
          {"violating", m.violating},
          {"all_seen", m.all_seen},
          {"twin", m.twin},
          {"trace", m.trace}};
}

}  // namespace rarena::models::checking
