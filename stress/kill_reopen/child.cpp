#include "kill_reopen/child.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <barrier>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "kill_reopen/planted_steps.hpp"
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
std::expected<void, Error> truncate(BasicArena<Store>& arena, const ChildTask& task, const Log& log) {
  if (task.plant == Plant::cut_too_far) return truncate_too_far(arena, log.position(), Random(task.seed));
  return arena.truncate(log.position());
}

template <WordStore Store>
std::expected<void, Error> exclusive(BasicArena<Store>& arena, const ChildTask& task, const Log& log) {
  if (task.role == Role::compact) return arena.compact_freelist();
  if (task.role == Role::rewind) return rewind(arena, log);
  if (task.role == Role::truncate) return truncate(arena, task, log);
  std::vector<Extent> live;
  for (const LiveSegment& segment : log.live()) live.push_back(segment.segment);
  if (task.plant != Plant::late_lists) return arena.rebuild(live);
  rebuild_backwards(arena, live, Random(task.seed));
  return {};
}

// Closes the arena, or dies.
template <WordStore Store>
void end(BasicArena<Store>& arena, const ChildTask& task, const Log& log) {
  log.set_phase(Phase::finished);
  if (!task.closes) die();
  log.set_phase(Phase::closing);
  if (task.plant == Plant::early_close) seal_too_early(arena, Random(task.seed));
  if (const auto closed = arena.close(); !closed) complain(log, "REC-2: close failed: " + closed.error().message());
  log.set_phase(Phase::closed);
}

// In a child of the process that has the file open.
template <WordStore Store>
[[noreturn]] void take_over(BasicArena<Store>& arena, const ChildTask& task, const Log& log) {
  if (task.delaying) Delays::seed(task.seed);
  log.set_phase(Phase::working);
  if (task.plant == Plant::late_witness) {
    take_over_unwatched(arena, Random(task.seed));
    die();
  }
  if (const auto taken = arena.take_over(); !taken) complain(log, "REC-2: take_over failed: " + taken.error().message());
  end(arena, task, log);
  ::_exit(0);
}

// Half of the parents end at once, as a daemon's does; the others wait, and then the file is no longer theirs.
template <WordStore Store>
int hand_over(BasicArena<Store>& arena, const ChildTask& task, const Log& log) {
  const pid_t child = ::fork();
  if (child == -1) complain(log, "REC-2: fork failed");
  if (child == 0) take_over(arena, task, log);
  if (Random(task.seed, 3, 0).one_in(2)) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  if (log.phase() < Phase::finished || task.plant != Plant::none) ::_exit(0);
  const auto got = arena.allocate(8, 1);
  if (got || got.error().code != ErrorCode::other_process)
    complain(log, "REC-2: a file that a child has taken over is still its parent's");
  return 0;  // the arena ends here, and does nothing
}

template <WordStore Store>
int run(const ChildTask& task, const Log& log) {
  if (task.delaying) Delays::seed(task.seed);
  log.set_phase(Phase::opening);
  auto opened = BasicArena<Store>::map_mut(task.path, task.options);
  if (!opened) complain(log, "REC-2: map_mut refused the file: " + opened.error().message());
  std::optional<BasicArena<Store>> arena(std::move(*opened));
  if (task.plant == Plant::no_witness) unwatch(*arena);
  if (task.role == Role::take_over) return hand_over(*arena, task, log);
  log.set_phase(Phase::working);
  if (task.role == Role::work) {
    work(*arena, task, log);
  } else if (task.role != Role::open) {
    if (const auto done = exclusive(*arena, task, log); !done)
      complain(log, std::string("SEG-1: ") + name(task.role) + " failed: " + done.error().message());
  }
  end(*arena, task, log);
  return 0;
}

// An opening out of the parts that core's opening is made of, slowed down between its writes; then it dies.
[[noreturn]] void open_slowly(const ChildTask& task, const Log& log) {
  const auto must = [&](const auto& outcome) {
    if (!outcome) complain(log, "REC-2: the opening refused the file: " + outcome.error().message());
  };
  Delays::seed(task.seed);
  log.set_phase(Phase::opening);
  auto file = detail::LockedFile::open(task.path);
  must(file);
  auto map = detail::FileMap::map(std::move(*file));
  must(map);
  const auto recorded = detail::geometry_of_file({map->data(), detail::Geometry::unified(0, map->size())});
  must(recorded);
  const detail::Geometry& geometry = *recorded;
  const detail::MemoryView view(map->data(), geometry);
  auto examined = detail::examine_all(view);
  must(examined);
  const auto identity = map->identity();
  must(identity);
  const auto left = detail::left_as(view, examined->structure.sum.value(), identity);
  must(left);
  const detail::Plan plan = detail::recover(view, std::move(examined->structure), *left, *identity).plan;
  must(map->allow_writing());
  const std::vector<detail::Plan::Write> writes = ordered_by(task.plant, plan, geometry);
  const DelayingStore store(map->data());
  detail::Witness witness;
  witness.begin(map->data() + geometry.witness(detail::next_generation(view)).place);
  log.set_phase(Phase::writing);
  Random random(task.seed);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const bool at_once = task.plant == Plant::early_seal && vouches(writes[i], geometry);
    if (random.one_in(2) && !at_once) std::this_thread::sleep_for(std::chrono::microseconds(random.below(400)));
    detail::carry_out(std::span(writes).subspan(i, 1), store);
  }
  must(map->flush(detail::header_range(geometry)));
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
