// The brute-force enumerator. Thread safety: functions of their arguments.
#include "models/checker/reference/enumerate.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "models/checker/reference/axioms.hpp"
#include "models/checker/reference/execution_graph.hpp"

namespace checker::reference {
namespace {

struct Next {
  const Instruction& instruction;
  unsigned reg;
};

// The instruction that a thread with these events executes next, and its register by then.
std::optional<Next> next_of(const std::vector<Instruction>& thread, const std::vector<Event>& events) {
  unsigned reg = 0;
  std::size_t event = 0;
  for (const Instruction& instruction : thread) {
    if (instruction.guard && *instruction.guard != reg) continue;
    if (event == events.size()) return Next{instruction, reg};
    if (events[event].reads || events[event].operation == Operation::plain_read) reg = events[event].read_value;
    ++event;
  }
  return std::nullopt;
}

unsigned spurious_failures(const ExecutionGraph& graph) {
  unsigned result = 0;
  for (const auto& events : graph.threads)
    for (const Event& event : events) result += event.spurious ? 1 : 0;
  return result;
}

// The value of the latest plain write that happens-before the read, 0 if there is none. (In a graph without races these
// writes are ordered, and in one with races the value does not matter.)
unsigned plain_value(const ExecutionGraph& graph, Name read) {
  const Relations relations(graph);
  std::optional<Name> latest;
  for (std::uint8_t t = 0; t < graph.threads.size(); ++t)
    for (std::uint8_t i = 0; i < graph.threads[t].size(); ++i)
      if (graph.threads[t][i].operation == Operation::plain_write && relations.happens_before({t, i}, read) &&
          (!latest || relations.happens_before(*latest, {t, i})))
        latest = Name{t, i};
  return latest ? graph.value_of(*latest) : 0;
}

// All graphs with one more event of one thread, consistent or not.
class Extensions {
 public:
  Extensions(const Program& program, const Limits& limits, const ExecutionGraph& graph, std::uint8_t thread, Next next)
      : graph_(graph), name_{thread, static_cast<std::uint8_t>(graph.threads[thread].size())}, next_(next),
        location_(next.instruction.location), may_fail_spuriously_(next.instruction.operation == Operation::cas_weak &&
                                                                   spurious_failures(graph) < program.weak_failures),
        every_place_(!limits.judge_parts) {}

  std::vector<ExecutionGraph> all() {
    switch (next_.instruction.operation) {
      case Operation::fence: add(event()); break;
      case Operation::plain_read: plain_read(); break;
      case Operation::plain_write: plain_write(); break;
      case Operation::store: write(event(), next_.instruction.value.with(next_.reg)); break;
      case Operation::unlock: write(event(), 0); break;
      default: from_every_source();
    }
    return std::move(result_);
  }

 private:
  Event event() const {
    return {.operation = next_.instruction.operation,
            .order = next_.instruction.order,
            .location = static_cast<std::uint8_t>(location_)};
  }

  void add(const Event& added) { result_.emplace_back(graph_).threads[name_.thread].push_back(added); }

  // At every place of the coherence order; an RMW only directly after its source, every other place is inconsistent.
  void write(Event written, unsigned value) {
    written.writes = true;
    written.written_value = value;
    const auto& order = graph_.coherence[location_];
    for (std::size_t place = 0; place <= order.size(); ++place) {
      const Name before = place == 0 ? Name{initial_thread, static_cast<std::uint8_t>(location_)} : order[place - 1];
      if (written.reads && written.source != before && !every_place_) continue;
      add(written);
      auto& extended = result_.back().coherence[location_];
      extended.insert(extended.begin() + static_cast<std::ptrdiff_t>(place), name_);
    }
  }

  void plain_write() {
    Event written = event();
    written.writes = true;
    written.written_value = next_.instruction.value.with(next_.reg);
    add(written);
  }

  void plain_read() {
    add(event());
    result_.back().threads[name_.thread].back().read_value = plain_value(result_.back(), name_);
  }

  void from_every_source() {
    from(Name{initial_thread, static_cast<std::uint8_t>(location_)});
    for (const Name source : graph_.coherence[location_]) from(source);
  }

  void from(Name source) {
    Event read = event();
    read.reads = true;
    read.source = source;
    read.read_value = graph_.value_of(source);
    const unsigned value = next_.instruction.value.with(next_.reg);
    switch (read.operation) {
      case Operation::load: add(read); break;
      case Operation::fetch_add: write(read, read.read_value + value); break;
      case Operation::exchange: write(read, value); break;
      case Operation::lock:
        if (read.read_value == 0) write(read, 1);
        break;
      default: compare_exchange(read, value);
    }
  }

  void compare_exchange(const Event& read, unsigned desired) {
    Event failed = read;
    failed.order = next_.instruction.failure;
    if (read.read_value != next_.instruction.expected.with(next_.reg)) return add(failed);
    write(read, desired);
    failed.spurious = true;
    if (may_fail_spuriously_) add(failed);
  }

  const ExecutionGraph& graph_;
  Name name_;
  Next next_;
  unsigned location_;
  bool may_fail_spuriously_;
  bool every_place_;
  std::vector<ExecutionGraph> result_;
};

class Enumerator {
 public:
  Enumerator(const Program& program, const Limits& limits) : program_(program), limits_(limits) {}

  Enumeration run() {
    ExecutionGraph empty;
    empty.threads.resize(program_.threads.size());
    visit(empty);
    if (result_.racy) result_.executions = 0;
    return result_;
  }

 private:
  void visit(const ExecutionGraph& graph) {
    if (result_.racy || !seen_.insert(graph.key()).second) return;
    if (++result_.graphs > limits_.graphs)
      throw std::length_error("expected a program with at most " + std::to_string(limits_.graphs) +
                              " (partial) executions, found more: " + to_text(program_));
    if (limits_.judge_parts && !judge(graph)) return;
    bool complete = true, stuck = true;
    for (std::uint8_t t = 0; t < graph.threads.size(); ++t)
      if (const auto next = next_of(program_.threads[t], graph.threads[t])) {
        complete = false;
        for (const ExecutionGraph& extension : Extensions(program_, limits_, graph, t, *next).all()) {
          stuck = stuck && has_locks_ && !Relations(extension).consistent();
          visit(extension);
        }
      }
    if (has_locks_ && stuck && !complete) result_.deadlocks = true;
    if (complete && (limits_.judge_parts || judge(graph))) ++result_.executions;
  }

  // Whether the graph is consistent; notes a race in it if it is. (A consistent part with a race can be completed: reads
  // read what is coherence-latest, writes become it; and what is ordered by happens-before does not change.)
  bool judge(const ExecutionGraph& graph) {
    const Relations relations(graph);
    if (!relations.consistent()) return false;
    result_.racy = result_.racy || relations.racy();
    return true;
  }

  // Only who waits for a mutex may have nowhere to go.
  static bool has_locks(const Program& program) {
    for (const auto& thread : program.threads)
      for (const Instruction& instruction : thread)
        if (instruction.operation == Operation::lock) return true;
    return false;
  }

  const Program& program_;
  Limits limits_;
  bool has_locks_ = has_locks(program_);
  std::unordered_set<std::string> seen_;
  Enumeration result_;
};

}  // namespace

Enumeration enumerate(const Program& program, const Limits& limits) { return Enumerator(program, limits).run(); }

}  // namespace checker::reference
