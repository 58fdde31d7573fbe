// The Relacy engine: runs one scenario, on one variant of the allocator, under one scheduler.
//
// Relacy explores sequentially consistent interleavings with bounded stale reads: no load buffering, modification order =
// execution order, failed CAS and RMW read the newest value, a load sees at most 2 older values (1 in bound mode). A run
// without a finding is therefore bounded evidence, never an exhaustive proof.
//
// Thread safety: one run at a time per process (Relacy keeps its context in a global).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "models/corpus/corpus.hpp"
#include "models/corpus/variant.hpp"
#include "models/scenario/client.hpp"
#include "models/scenario/scenario.hpp"
#include "relacy_memory.hpp"

namespace rarena::models::relacy {

struct Job {
  Freelist kind = Freelist::none;
  const Mutant* mutant = nullptr;  // nullptr: the shipped code
  bool random = false;             // scheduler: random, or all schedules within the bound
  unsigned bound = 1;
  std::uint64_t first = 1;       // random: the first iteration, which is also its seed
  std::uint64_t iterations = 0;  // random: how many
  std::string state;             // where to start; from an earlier Result to replay it
  bool traced = false;           // replay the one iteration of `state`, and print every access
  bool raw_history = false;      // print Relacy's own history too
};

enum class Verdict : std::uint8_t { held, violation };

struct Result {
  Verdict verdict = Verdict::held;
  std::uint64_t iterations = 0;  // explored by this run
  double seconds = 0;
  std::string kind;       // Relacy's name for the fault
  std::string invariant;  // ID of what is violated
  std::string message;
  std::string state;  // replays the failing iteration
};

// What the suites of this process work on: Relacy constructs them by itself, once per iteration.
struct Settings {
  Job job;
  OrderTable orders;
  std::uint64_t started = 0;
  std::chrono::steady_clock::time_point begin, last_progress;

  Trace trace;

  // Begins an iteration.
  void tick() {
    ++started;
    if (job.traced) {
      if (started > 1) rl::ctx().rl_until("the replayed iteration is over", here("tick", Location::current()));
      return trace.start();
    }
    if ((started & 1023) != 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_progress < std::chrono::seconds(1)) return;
    last_progress = now;
    std::printf(R"({"progress":{"iterations":%llu,"seconds":%.1f}})"
                "\n",
                static_cast<unsigned long long>(started), std::chrono::duration<double>(now - begin).count());
    std::fflush(stdout);
  }
};

inline Settings settings;

template <Scenario S, class Variant>
class Suite : public rl::test_suite<Suite<S, Variant>, S::info.threads> {
 public:
  Suite() : memory_(image(), watch(), settings.job.traced ? &settings.trace : nullptr, settings.orders) {}

  void before() {
    settings.tick();
    memory_.initialise(image());
  }

  void thread(unsigned i) {
    LieState lies;
    const auto store = Variant::wrap(RelacyStore(memory_), settings.job.mutant ? settings.job.mutant->lie : Lie::none, lies);
    const auto allocator =
        Variant::make(store, image().geometry(), image().kind(), Tuning{.maximum_retries = 0, .slab = S::info.slab});
    Client client(store, allocator, image(), i, outcome_.threads[i]);
    S::thread(client, i);
  }

  void after() {
    if (Variant::known_format) memory_.check_end(image(), outcome_);
    if (const char* wrong = S::expect(outcome_)) memory_.check(false, wrong, Location::current());
  }

 private:
  static const Image& image() {
    static const std::array<Image, 3> images = {S::image(Freelist::none), S::image(Freelist::optimistic),
                                                S::image(Freelist::pessimistic)};
    return images[static_cast<std::size_t>(settings.job.kind)];
  }
  static bool watch() { return Variant::known_format && (!settings.job.mutant || settings.job.mutant->watch); }

  RelacyMemory memory_;
  Outcome outcome_;
};

// The ID of the invariant that a fault which Relacy found by itself violates.
inline std::string_view invariant_of(rl::test_result_e fault) {
  switch (fault) {
    case rl::test_result_data_race: return "SEG-3";
    case rl::test_result_unitialized_access: return "FL-2";
    case rl::test_result_livelock: return "PRG-1";
    default: return "none";
  }
}

template <Scenario S, class Variant>
Result run(const Job& job) {
  settings = {};
  settings.job = job;
  if (job.traced) settings.trace.prepare();
  settings.begin = settings.last_progress = std::chrono::steady_clock::now();
  if (job.mutant)
    for (const OtherOrder& other : job.mutant->other_orders()) settings.orders[other.site].order = other.order;

  std::ostream nowhere(nullptr);
  rl::test_params params;
  params.search_type = job.random ? rl::sched_random : rl::sched_bound;
  params.context_bound = job.bound;
  params.iteration_count = job.first + job.iterations - 1;
  if (!job.state.empty())
    params.initial_state = job.state;
  else if (job.random)
    params.initial_state = std::to_string(job.first);
  params.progress_stream = &nowhere;
  params.output_stream = job.raw_history ? &std::cout : &nowhere;
  params.collect_history = job.traced;  // keeps Relacy from running a failed iteration once more
  RelacyMemory::violation = "";
  rl::simulate<Suite<S, Variant>>(params);
  if (job.traced) settings.trace.print(S::image(job.kind).geometry());

  Result result;
  result.iterations = params.stop_iteration - job.first + 1;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - settings.begin).count();
  if (params.test_result == rl::test_result_success || params.test_result == rl::test_result_until_condition_hit) return result;
  result.verdict = Verdict::violation;
  result.kind = rl::test_result_str(params.test_result);
  const std::string_view message = RelacyMemory::violation;
  const bool ours = params.test_result == rl::test_result_user_assert_failed;
  result.invariant = ours ? message.substr(0, message.find(':')) : invariant_of(params.test_result);
  result.message = ours ? std::string(message) : result.kind;
  result.state = job.traced ? job.state : std::string(params.final_state);
  return result;
}

}  // namespace rarena::models::relacy
