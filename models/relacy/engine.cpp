// The Relacy engine: schedules with at most N context switches, or random ones.
//
// Relacy explores sequentially consistent interleavings with bounded stale reads: no load buffering, modification order =
// execution order, failed CAS and RMW read the newest value, a load sees at most 2 older values (1 in bound mode). A run
// without a finding is therefore bounded evidence, never an exhaustive proof.
//
// Thread safety: one run at a time per process (Relacy keeps its context in a global).
#include <iostream>
#include <optional>

#include "accesses.hpp"
#include "models/engine/engine.hpp"
#include "models/engine/progress.hpp"
#include "models/engine/thread.hpp"

// Relacy replaces the global new and delete but not the sized forms.
void operator delete(void* p, std::size_t) noexcept { ::operator delete(p); }
void operator delete[](void* p, std::size_t) noexcept { ::operator delete[](p); }

namespace rarena::models::relacy {

namespace {

// What the suites of this process work on: Relacy constructs them by itself, once per iteration.
struct Settings {
  const Job* job = nullptr;
  std::optional<Image> image = {};
  OrderTable orders = {};
  bool replays = false;  // the one iteration of a finding, whose accesses are printed
  Trace trace = {};
  std::uint64_t started = 0;
  Progress progress = {};

  // Begins an iteration.
  void tick() {
    ++started;
    if (replays) {
      if (started > 1) rl::ctx().rl_until("the replayed iteration is over", here("tick", Location::current()));
      return trace.start();
    }
    if ((started & 1023U) == 0 && progress.due()) progress.say(started);
  }
};

Settings settings;

template <unsigned Threads, Sizes sizes>
class Suite : public rl::test_suite<Suite<Threads, sizes>, Threads> {
 public:
  Suite()
      : memory_(accesses_, *settings.image, watched(settings.job->bug), settings.orders,
                settings.replays ? &settings.trace : nullptr) {}

  void before() {
    settings.tick();
    memory_.initialise();
  }
  void thread(unsigned i) {
    if (i >= settings.job->scenario.threads()) return;
    run_thread(settings.job->scenario, *settings.image, settings.job->bug, RelacyStore<sizes>(memory_), i, outcome_.threads[i]);
  }
  void after() {
    const char* wrong = known_format(settings.job->bug) ? memory_.wrong_at_end(outcome_) : nullptr;
    if (wrong == nullptr) wrong = settings.job->scenario.expect.wrong(outcome_);
    memory_.check(wrong == nullptr, wrong, Location::current());
  }

 private:
  RelacyAccesses<sizes> accesses_;
  RelacyMemory<sizes> memory_;
  Outcome outcome_;
};

template <Sizes sizes>
void simulate_with(rl::test_params& params) {
  switch (settings.job->scenario.threads()) {
    case 1:  // Relacy has at least two
    case 2: rl::simulate<Suite<2, sizes>>(params); return;
    case 3: rl::simulate<Suite<3, sizes>>(params); return;
    default: rl::simulate<Suite<4, sizes>>(params); return;
  }
}
void simulate(rl::test_params& params) {
  if (settings.job->scenario.program.index.none()) return simulate_with<without_index>(params);
  simulate_with<with_index>(params);
}

// The ID of the invariant that a fault which Relacy found by itself violates.
std::string_view invariant_of(rl::test_result_e fault) {
  switch (fault) {
    case rl::test_result_data_race: return "SEG-3";
    case rl::test_result_unitialized_access: return "FL-2";
    case rl::test_result_livelock: return "PRG-1";
    default: return "none";
  }
}

std::optional<Violation> violation_of(const rl::test_params& params) {
  const auto fault = params.test_result;
  if (fault == rl::test_result_success || fault == rl::test_result_until_condition_hit) return std::nullopt;
  const std::string kind = rl::test_result_str(fault), message = relacy::violation;
  if (fault != rl::test_result_user_assert_failed) return Violation{kind, std::string(invariant_of(fault)), kind};
  return Violation{kind, invariant_in(message), message};
}

// `state`: where to begin, from the finding of an earlier run; empty: at the beginning.
Ending simulate(const Job& job, const Bounds& bounds, const std::string& state, bool raw) {
  settings.job = &job;
  settings.image = job.image();
  settings.orders = orders_with(job.bug);
  settings.replays = !state.empty();
  settings.started = 0;
  settings.progress = {};
  if (settings.replays) settings.trace.prepare();
  std::ostream nowhere(nullptr);
  const bool random = bounds.scheduler == "random";
  rl::test_params params;
  params.search_type = random ? rl::sched_random : rl::sched_bound;
  params.context_bound = bounds.bound;
  params.iteration_count = bounds.first + (settings.replays ? 1 : bounds.iterations) - 1;
  if (settings.replays)
    params.initial_state = state;
  else if (random)
    params.initial_state = std::to_string(bounds.first);
  params.progress_stream = &nowhere;
  params.output_stream = raw ? &std::cout : &nowhere;
  params.collect_history = settings.replays;  // keeps Relacy from running a failed iteration once more
  relacy::violation = "";
  simulate(params);
  if (settings.replays) settings.trace.print(settings.image->geometry());

  Ending ending{.iterations = params.stop_iteration - bounds.first + 1, .seconds = settings.progress.seconds()};
  ending.violation = violation_of(params);
  if (!ending.violation) return ending;
  ending.verdict = Verdict::violation;
  ending.attachments = {{"state", std::string(params.final_state)}};
  return ending;
}

class RelacyEngine : public Engine {
 public:
  std::string_view name() const override { return "relacy"; }
  std::string_view about() const override { return "Runs scenarios under Relacy: bounded, never exhaustive"; }
  std::vector<std::string> schedulers() const override { return {"bound", "random"}; }

  std::expected<Ending, std::string> run(const Job& job, const Bounds& bounds) override {
    return simulate(job, bounds, "", false);
  }
  std::expected<Replayed, std::string> replay(const Job& job, const Finding& finding, bool raw) override {
    const std::string state = finding.attachments.value("state", "");
    if (state.empty()) return std::unexpected("expected a text \"state\" among the attachments");
    const Ending ending = simulate(job, finding.bounds, state, raw);
    const std::string found = ending.violation ? ending.violation->message : "no violation";
    if (!ending.violation || ending.violation->kind != finding.violation.kind)
      return Replayed{false, "expected " + finding.violation.kind + ", found " + found};
    return Replayed{true, ending.violation->kind + ", " + ending.violation->invariant + " (" + found + ")"};
  }
};

}  // namespace

}  // namespace rarena::models::relacy

std::unique_ptr<rarena::models::Engine> rarena::models::make_engine() { return std::make_unique<relacy::RelacyEngine>(); }
