// The checker engine: runs one scenario, on one variant of the allocator, on the checker.
//
// Exhaustive mode sees every execution that RC11 allows, once, within the size of the scenario: retries that change nothing are
// not repeated, and weak compare-exchanges fail spuriously at most so often as the job says.
//
// Thread safety: one run at a time per thread of the system.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "arena_program.hpp"
#include "judge.hpp"
#include "models/checker/explore/explorer.hpp"
#include "models/corpus/corpus.hpp"
#include "models/corpus/variant.hpp"

namespace rarena::models::checking {

// What a runner is asked for.
struct Job {
  Freelist kind = Freelist::none;
  const Mutant* mutant = nullptr;  // nullptr: the shipped code
};

// What is done with the program of a job.
using Use = std::function<void(const checker::Program&)>;

// Sets up the program of a scenario and a variant, and hands it to `use`.
template <Scenario S, class Variant>
void with_program(const Job& job, const Use& use) {
  OrderTable orders;
  if (job.mutant)
    for (const OtherOrder& other : job.mutant->other_orders()) orders[other.site].order = other.order;
  ArenaProgram arena(S::image(job.kind), orders);
  const Lie lie = job.mutant ? job.mutant->lie : Lie::none;
  for (unsigned i = 0; i < S::info.threads; ++i)
    arena.program().threads.emplace_back([&arena, lie, i] {
      LieState lies;
      Outcome::Thread books;
      const auto store = Variant::wrap(CheckerStore(arena), lie, lies);
      const Image& image = arena.image();
      const auto allocator =
          Variant::make(store, image.geometry(), image.kind(), Tuning{.maximum_retries = 0, .slab = S::info.slab});
      Client client(store, allocator, image, i, books);
      S::thread(client, i);
      arena.close_books(i, books);
    });
  const bool watch = Variant::known_format && (!job.mutant || job.mutant->watch);
  Judge judge(arena, Variant::known_format, watch, &S::expect);
  arena.program().judge = [&](const checker::Graph& graph) { return judge(graph); };
  use(arena.program());
}

using Runner = void (*)(const Job&, const Use&);

struct CheckerEngine {
  using Runner = checking::Runner;
  template <Scenario S, class Variant>
  static constexpr Runner runner = &with_program<S, Variant>;
};

}  // namespace rarena::models::checking
