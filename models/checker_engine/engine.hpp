// The checker engine: runs one scenario, on one variant of the allocator, on the checker.
//
// Exhaustive mode sees every execution that RC11 allows, once, within the size of the scenario: retries that change nothing are
// not repeated, and weak compare-exchanges fail spuriously at most so often as the job says.
//
// Thread safety: one run at a time per thread of the system.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>

#include "arena_program.hpp"
#include "client_scenario.hpp"
#include "crash_judge.hpp"
#include "halting_store.hpp"
#include "judge.hpp"
#include "models/checker/explore/explorer.hpp"
#include "models/corpus/corpus.hpp"
#include "models/corpus/variant.hpp"

namespace rarena::models::checking {

// A thread that stops for ever before one of its steps, and what all threads are measured by.
struct Halting {
  unsigned thread = 0;
  unsigned before = 0;  // how many steps it takes
  CallSteps* longest = nullptr;
  bool* happened = nullptr;  // whether the thread came so far in some execution
};

// What else is to be said of a complete execution that the judge has found right; "": nothing. `interleaved`: some interleaving
// explains it.
using Examine = std::function<std::string(const ArenaProgram&, const checker::Graph&, bool interleaved)>;

// What a runner is asked for.
struct Job {
  Freelist kind = Freelist::none;
  const Mutant* mutant = nullptr;                  // nullptr: the shipped code
  const Halting* halting = nullptr;                // nullptr: every thread runs to its end
  const Crash* crash = nullptr;                    // nullptr: the process and the machine do
  const clients::ClientProgram* client = nullptr;  // of a runner of client programs
  Examine examine = {};                            // of an allocator whose freelist is known
};

// What is done with the program of a job.
using Use = std::function<void(const checker::Program&)>;

// Thread `i` of a scenario, on the variant's allocator over `store`.
template <class Variant, class S, class Store>
void run_thread(const S& scenario, const ArenaProgram& arena, Store store, unsigned i) {
  Outcome::Thread books;
  const Image& image = arena.image();
  const auto allocator =
      Variant::make(store, image.geometry(), image.kind(), Tuning{.maximum_retries = 0, .slab = scenario.info.slab});
  Client client(store, allocator, image, i, books);
  if constexpr (std::is_same_v<S, ClientScenario>)
    scenario.thread(client, i, [&](unsigned call, std::uint64_t what) { arena.note_call(i, call, what); });
  else
    scenario.thread(client, i);
  arena.close_books(i, books);
}

template <class Variant, class S>
void run_halting_thread(const S& scenario, const ArenaProgram& arena, Lie lie, unsigned i, const Halting& halting) {
  LieState lies;
  Pace pace{.longest = halting.longest};
  if (i == halting.thread) pace.halts_before = halting.before;
  try {
    run_thread<Variant>(scenario, arena, HaltingStore(Variant::wrap(CheckerStore(arena), lie, lies), pace), i);
  } catch (const Halted&) {
    *halting.happened = true;
  }
}

// Sets up the program of a scenario and a variant, and hands it to `use`. With a thread that halts only the steps count: where
// it stopped, it keeps what it had.
template <class Variant, class S>
void with_program_of(const S& scenario, const Job& job, const Use& use) {
  OrderTable orders;
  if (job.mutant)
    for (const OtherOrder& other : job.mutant->other_orders()) orders[other.site].order = other.order;
  ArenaProgram arena(scenario.image(job.kind), orders);
  if (job.client) arena.add_calls(job.client->threads);
  const Lie lie = job.mutant ? job.mutant->lie : Lie::none;
  const Halting* const halting = job.halting;
  for (unsigned i = 0; i < scenario.info.threads; ++i)
    arena.program().threads.emplace_back([&scenario, &arena, lie, i, halting] {
      LieState lies;
      if (halting != nullptr)
        run_halting_thread<Variant>(scenario, arena, lie, i, *halting);
      else
        run_thread<Variant>(scenario, arena, Variant::wrap(CheckerStore(arena), lie, lies), i);
    });
  const bool judged = halting == nullptr;
  const bool watch = judged && Variant::known_format && (!job.mutant || job.mutant->watch);
  Judge judge(arena, judged && Variant::known_format, watch, judged ? &S::expect : &InvariantsOnly::expect);
  const bool examined = judged && Variant::known_format && job.examine;
  arena.program().judge = [&](const checker::Graph& graph) {
    checker::Judgement judgement = judge(graph);
    if (examined && judgement.wrong.empty()) judgement.wrong = job.examine(arena, graph, judgement.interleaved);
    return judgement;
  };
  std::optional<CrashJudge> crash;
  if (job.crash != nullptr) {
    crash.emplace(arena, scenario.info.slab, *job.crash);
    arena.program().judge = [&](const checker::Graph& graph) { return (*crash)(graph); };
  }
  use(arena.program());
}

template <Scenario S, class Variant>
void with_program(const Job& job, const Use& use) {
  with_program_of<Variant>(S{}, job, use);
}

// Of the program that the job names.
template <class Variant>
void with_client_program(const Job& job, const Use& use) {
  with_program_of<Variant>(ClientScenario(*job.client), job, use);
}

using Runner = void (*)(const Job&, const Use&);

struct CheckerEngine {
  using Runner = checking::Runner;
  template <Scenario S, class Variant>
  static constexpr Runner runner = &with_program<S, Variant>;
};

}  // namespace rarena::models::checking
