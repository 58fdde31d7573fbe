// Loops that nobody has marked. A pass that asks for the same as the one before, and has changed nothing since, is let go round
// again without events, on the same values: an echo. If it does the same most_passes times, and the frames of the thread hold
// what they held, it would do so for ever: it is blocked there, as a marked retry is. Else it is run again from its beginning,
// and goes on as any code does.
//
// What a loop counts outside its frames, and beyond most_passes, is not seen.
#include <csetjmp>
#include <cstring>
#include <iterator>

#include "execution.hpp"
#include "liveness.hpp"

namespace checker {

namespace {

bool is_the_same_place(Location a, Location b) {
  return a.line() == b.line() && a.column() == b.column() && a.file_name() == b.file_name();
}

bool asks_for_the_same(const Event& e, Cell cell, const Request& q) {
  const Request& r = e.request;
  return e.kind == Kind::read && e.cell == cell && r.operation == q.operation && r.order == q.order && r.failure == q.failure &&
         r.operand == q.operand && r.desired == q.desired && is_the_same_place(r.where, q.where);
}

// Whether the access writes another value than its thread had there before. Where others write the datum, too, any write may.
bool may_change(const Graph& g, int thread, std::size_t access) {
  const auto& log = g.log(thread);
  const Access& a = log[access];
  if (!a.writes) return false;
  for (int t = 0; t < g.threads(); ++t)
    for (const Access& other : g.log(t))
      if (t != thread && other.datum == a.datum && other.writes) return true;
  while (access > 0)
    if (log[--access].datum == a.datum) return log[access].value != a.value;
  return true;
}

#if defined(__clang__)
#define CHECKER_READS_FRAMES __attribute__((noinline, no_sanitize("address", "undefined")))
#else
#define CHECKER_READS_FRAMES __attribute__((noinline, no_sanitize_address, no_sanitize_undefined))
#endif

CHECKER_READS_FRAMES std::uint64_t sum_of(const std::uint64_t* begin, const std::uint64_t* end) {
  std::uint64_t sum = 0;
  for (const std::uint64_t* at = begin; at < end; ++at) sum = (sum ^ *at) * 0x9e3779b97f4a7c15;
  return sum;
}

// A sum of what the frames from here to the base hold, and of the registers that must survive calls, which setjmp keeps.
CHECKER_READS_FRAMES std::uint64_t frames_up_to(const void* base) {
  std::jmp_buf registers;
  if (_setjmp(registers) != 0) return 0;  // nobody comes back here
  std::uint64_t kept[std::size(registers[0].__jmpbuf)];
  static_assert(sizeof kept == sizeof registers[0].__jmpbuf);
  std::memcpy(kept, registers[0].__jmpbuf, sizeof kept);
  const auto* frame = static_cast<const std::uint64_t*>(__builtin_frame_address(0));
  return sum_of(std::begin(kept), std::end(kept)) + sum_of(frame, static_cast<const std::uint64_t*>(base));
}

}  // namespace

// The index of the thread's last event that asked for the same there; -1: none, or something was changed since.
int Execution::begin_of_pass(Cell cell, const Request& request) const {
  const Graph& g = graph();
  const auto& log = g.log(thread_);
  const int events = g.length(thread_);
  if (events == cleared_) return -1;
  std::size_t accesses = log.size();
  for (int i = events - 1; i >= 0; --i) {
    for (; accesses > 0 && log[accesses - 1].position > i; --accesses)
      if (may_change(g, thread_, accesses - 1)) return -1;
    const Stamp s = g.at(thread_, i);
    const Event& e = g[s];
    if (e.kind == Kind::choice || (e.kind == Kind::write && !restores(g, s))) return -1;
    if (asks_for_the_same(e, cell, request)) return i;
  }
  return -1;
}

Execution::Read Execution::begin_echo(int begin, Cell cell, const Request& request) {
  echo_ = {.begin = begin, .end = graph().length(thread_), .at = begin};
  phase_ = Phase::echo;
  accesses_aside_ = 0;
  return echo(cell, request);
}

Execution::Read Execution::echo(Cell cell, const Request& request) {
  if (echo_.at == echo_.end) {
    echo_.at = echo_.begin;
    ++echo_.passes;
    if (echo_.passes == 2 || echo_.passes == most_passes) {  // from one line, so that the frames between are the same
      const std::uint64_t frames = frames_up_to(stack_base_);
      if (echo_.passes == most_passes) end_echo(frames == echo_.frames, request);
      echo_.frames = frames;
    }
  }
  const Event& e = graph()[graph().at(thread_, echo_.at)];
  if (!asks_for_the_same(e, cell, request)) diverge();
  echo_.at += e.updates ? 2 : 1;
  return {e.value, e.updates};
}

void Execution::end_echo(bool is_endless, const Request& request) {
  phase_ = Phase::threads;
  if (is_endless) {
    fruitless_retry({echo_.begin, 0}, request.where);
    std::abort();  // an echo is begun only where a retry is blocked
  }
  message_ =
      "a loop here goes round " + std::to_string(most_passes) +
      " times on the same values, and only what the thread keeps for itself changes. Wait with await(), or mark the loop "
      "with checker::loop_head() and checker::retry(), or let it go round less often";
  reach_bound(message_, request.where);
}

// It did something else: run it again.
void Execution::diverge() {
  phase_ = Phase::threads;
  cleared_ = echo_.end;
  again_ = true;
  leave();
}

// The line that most steps of the thread come from.
Location Execution::busiest_line() const {
  const Graph& g = graph();
  int most = 0;
  Location line{};
  for (const Stamp s : g.thread(thread_)) {
    int count = 0;
    for (const Stamp other : g.thread(thread_)) count += is_the_same_place(g[other].request.where, g[s].request.where);
    if (count > most) line = g[s].request.where;
    most = std::max(most, count);
  }
  return line;
}

}  // namespace checker
