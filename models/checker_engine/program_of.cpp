#include "program_of.hpp"

#include "judge.hpp"
#include "models/engine/thread.hpp"

namespace rarena::models::checking {

namespace {

// The threads of a job. Each run of a thread is one of an execution, so nothing is kept here.
class Threads {
 public:
  Threads(const Job& job, const Changes& changes, const ArenaProgram& arena) : job_(job), changes_(changes), arena_(arena) {}

  void run(unsigned thread) const {
    if (!changes_.pace) return run(thread, no_wrapping);
    Pace pace = changes_.pace(thread);
    try {
      run(thread, [&](auto store) { return HaltingStore(store, pace); });
    } catch (const Halted&) {
      changes_.halted(thread);
    }
  }

 private:
  template <class Wrap>
  void run(unsigned thread, Wrap wrap) const {
    Outcome::Thread books;
    const auto note = [&](unsigned call, std::uint64_t what) {
      if (changes_.notes_calls) arena_.note_call(thread, call, what);
    };
    run_thread(job_.scenario, arena_.image(), job_.bug, CheckerStore(arena_), thread, books, note, wrap);
    arena_.close_books(thread, books);
  }

  const Job& job_;
  const Changes& changes_;
  const ArenaProgram& arena_;
};

}  // namespace

void with_program(const Job& job, const Changes& changes, const Use& use) {
  ArenaProgram arena(job.image(), orders_with(job.bug));
  if (changes.notes_calls) arena.add_calls(job.scenario.program.threads);
  const Threads threads(job, changes, arena);
  for (unsigned i = 0; i < job.scenario.threads(); ++i) arena.program().threads.emplace_back([&threads, i] { threads.run(i); });
  const bool known = known_format(job.bug);
  Judge judge(arena, known, watched(job.bug), job.scenario.expect);
  arena.program().judge = [&](const checker::Graph& graph) {
    checker::Judgement judgement = changes.invariants ? judge(graph) : checker::Judgement();
    if (changes.examine && known && judgement.wrong.empty())
      judgement.wrong = changes.examine(arena, graph, judgement.interleaved);
    return judgement;
  };
  use(arena.program());
}

}  // namespace rarena::models::checking
