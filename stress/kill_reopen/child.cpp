#include "kill_reopen/child.hpp"

#include <signal.h>
#include <unistd.h>

#include <barrier>
#include <optional>
#include <thread>
#include <vector>

#include "kill_reopen/worker.hpp"

namespace rarena::stress {

namespace {

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

template <WordStore Store>
void work(const BasicArena<Store>& arena, const ChildTask& task, const Log& log) {
  std::barrier start(static_cast<std::ptrdiff_t>(task.workers));
  std::vector<std::jthread> running;
  for (unsigned t = 0; t < task.workers; ++t)
    running.emplace_back([&, t] {
      if (task.delaying) Delays::seed(Random(task.seed, 1, t).next());
      Worker<Store> worker(arena, log, t, Random(task.seed, 2, t), task.first_serial + (std::uint64_t{t} << 32U));
      start.arrive_and_wait();
      for (std::uint32_t i = 0; i < task.steps; ++i) worker.step();
    });
}

// What is above the position is given up, and logged as such before it happens.
template <WordStore Store>
std::expected<void, Error> rewind(BasicArena<Store>& arena, const Log& log) {
  const auto above = [&](SlotState from, SlotState to) {
    for (unsigned t = 0; t < log.threads(); ++t)
      for (std::size_t i = 0; i < ThreadLog::slots; ++i) {
        const Slot slot = log.thread(t).slot(i);
        const bool matches = from == SlotState::empty ? slot.state != SlotState::empty : slot.state == from;
        if (matches && slot.segment.offset >= log.position()) log.thread(t).set_state(i, to);
      }
  };
  above(SlotState::empty, SlotState::freeing);
  auto done = arena.rewind(ArenaPosition::start(log.position()));
  above(SlotState::freeing, SlotState::empty);
  return done;
}

template <WordStore Store>
std::expected<void, Error> exclusive(BasicArena<Store>& arena, const ChildTask& task, const Log& log) {
  if (task.role == Role::compact) return arena.compact_freelist();
  if (task.role == Role::rewind) return rewind(arena, log);
  std::vector<Extent> live;
  for (const LiveSegment& segment : log.live()) live.push_back(segment.segment);
  return arena.rebuild(live);
}

template <WordStore Store>
int run(const ChildTask& task, const Log& log) {
  if (task.delaying) Delays::seed(task.seed);
  log.set_phase(Phase::opening);
  auto opened = BasicArena<Store>::map_mut(task.path, task.options);
  if (!opened) complain(log, "REC-2: map_mut refused the file: " + opened.error().message());
  std::optional<BasicArena<Store>> arena(std::move(*opened));
  log.set_phase(Phase::working);
  if (task.role == Role::work) {
    work(*arena, task, log);
  } else if (task.role != Role::open) {
    if (const auto done = exclusive(*arena, task, log); !done)
      complain(log, std::string("SEG-1: ") + name(task.role) + " failed: " + done.error().message());
  }
  if (!task.closes) die();
  log.set_phase(Phase::closing);
  arena.reset();
  log.set_phase(Phase::closed);
  return 0;
}

// An opening out of the parts that core's opening is made of, slowed down between its writes; then it dies.
[[noreturn]] void open_slowly(const ChildTask& task, const Log& log) {
  const auto must = [&](const auto& outcome) {
    if (!outcome) complain(log, "REC-2: the opening refused the file: " + outcome.error().message());
  };
  Delays::seed(task.seed);
  log.set_phase(Phase::opening);
  auto file = LockedFile::open(task.path);
  must(file);
  auto map = FileMap::map(std::move(*file));
  must(map);
  const Geometry geometry = Geometry::unified(task.options.reserved, map->size());
  const MemoryView view(map->data(), geometry);
  const auto opening = opening_of(view, map->identity());
  const auto structure = file_access::examine_for(opening, view);
  must(structure);
  const Plan plan = plan_recovery(view, *structure, opening, dirty_marker(map->identity()));
  must(map->allow_writing());
  const std::vector<Plan::Write> writes = ordered_by(task.plant, plan);
  const DelayingStore store(map->data());
  log.set_phase(Phase::writing);
  Random random(task.seed);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (random.one_in(2)) std::this_thread::sleep_for(std::chrono::microseconds(random.below(400)));
    carry_out(std::span(writes).subspan(i, 1), store);
  }
  must(map->flush(extent_between(geometry.reserved(), geometry.data_offset())));
  log.set_phase(Phase::working);
  die();
}

}  // namespace

int run_child(const ChildTask& task, const Log& log) {
  if (task.role == Role::open && task.delaying) open_slowly(task, log);
  if (task.plant == Plant::early_hand_out) return run<EarlyHandOutStore>(task, log);
  return task.delaying ? run<DelayingStore>(task, log) : run<AtomicStore>(task, log);
}

}  // namespace rarena::stress
