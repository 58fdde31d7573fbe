// The schedule engine: random schedules with stale reads. Seed n is always the same bytes, and an execution a function of
// them, so that what the fuzzer finds replays here too.
//
// It is a sample, never exhaustive. Thread safety: one run at a time.

#include "models/engine/engine.hpp"
#include "models/engine/progress.hpp"
#include "random_bytes.hpp"
#include "recording.hpp"
#include "simulator.hpp"

namespace rarena::models::schedule {

namespace {

class ScheduleEngine : public Engine {
 public:
  std::string_view name() const override { return "schedule"; }
  std::string_view about() const override {
    return "Runs scenarios on random schedules with stale reads: a sample, never exhaustive";
  }
  std::vector<std::string> schedulers() const override { return {"random"}; }

  std::expected<Ending, std::string> run(const Job& job, const Bounds& bounds) override {
    Simulator simulator(job);
    RandomBytes random;
    Progress progress;
    Ending ending;
    const std::uint64_t most = bounds.maximum == 0 ? bounds.iterations : std::min(bounds.maximum, bounds.iterations);
    while (ending.iterations < most && !ending.violation) {
      const auto bytes = random(bounds.first + ending.iterations++);
      const char* const wrong = simulator.run(bytes);
      if ((ending.iterations & 1023U) == 0 && progress.due()) progress.say(ending.iterations);
      if (wrong == nullptr || (!bounds.invariant.empty() && invariant_in(wrong) != bounds.invariant)) continue;
      ending.verdict = Verdict::violation;
      ending.violation = violation_of(wrong);
      ending.attachments = recording_of(bytes.first(simulator.used()));
      ending.suspects = simulator.suspects().sentences();
    }
    ending.seconds = progress.seconds();
    return ending;
  }

  std::expected<Replayed, std::string> replay(const Job& job, const Finding& finding, bool) override {
    const auto bytes = bytes_of(finding.attachments);
    if (!bytes) return std::unexpected(bytes.error());
    Trace trace;
    Simulator simulator(job, &trace);
    const char* const wrong = simulator.run(*bytes);
    trace.print(simulator.geometry());
    const std::string found = wrong == nullptr ? "no violation" : wrong;
    if (wrong == nullptr || invariant_in(wrong) != finding.violation.invariant)
      return Replayed{false, "expected " + finding.violation.invariant + ", found " + found};
    return Replayed{true, found};
  }
};

}  // namespace

}  // namespace rarena::models::schedule

std::unique_ptr<rarena::models::Engine> rarena::models::make_engine() { return std::make_unique<schedule::ScheduleEngine>(); }
