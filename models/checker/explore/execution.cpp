#include "execution.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "liveness.hpp"
#include "models/checker/rc11/consistency.hpp"
#include "models/checker/rc11/races.hpp"

namespace checker {

// A thread's last step may add two events, and what blocks or ends it is one more. A stamp has 15 bits.
int Execution::largest_step_bound(std::size_t threads) {
  return 32'767 / static_cast<int>(std::max<std::size_t>(threads, 1)) - 3;
}

Execution::Execution(const Program& program, const Limits& limits) : program_(program), limits_(limits) {
  const std::size_t threads = program.threads.size();
  if (threads < 1 || threads > maximum_threads)
    throw std::invalid_argument("expected 1 to " + std::to_string(maximum_threads) + " threads, found " +
                                std::to_string(threads));
  if (limits.step_bound < 1 || limits.step_bound > largest_step_bound(threads))
    throw std::invalid_argument("expected a step bound of 1 to " + std::to_string(largest_step_bound(threads)) + " for " +
                                std::to_string(threads) + " threads, found " + std::to_string(limits.step_bound));
}

void Execution::fail(Fault fault, std::string_view message, Location where) {
  if (phase_ == Phase::leaving) leave_thread();
  if (phase_ == Phase::echo) diverge();
  failed({.fault = fault,
          .message = std::string(message),
          .thread = in_finally() ? -1 : thread_,
          .where = where.line() == 0 ? last_location() : where,
          .graph = *graph_});
  leave();
}

void Execution::leave() {
  if (!owns_memory()) {
    leave_thread();
    std::abort();
  }
  before_unwinding();
  was_finally_ = phase_ == Phase::finally;
  if (!was_finally_) take_newest_values();
  accesses_aside_ = 0;
  phase_ = Phase::leaving;
  throw Left{};
}

void Execution::not_a_function(Location where) {
  const auto text = [](Location l) { return std::string(l.file_name()) + ":" + std::to_string(l.line()); };
  unfaithful_ = "thread " + std::to_string(thread_) + " is not a function of what it reads: step " +
                std::to_string(at_[slot()].events) + " (" + text(where) +
                ") differs from an earlier run of the same choices. What outlives an execution (static and thread_local "
                "variables, plain ones outside the check) must be the same whenever a thread begins";
  leave();
}

void Execution::after_trouble() {
  const bool finally = in_finally();
  const std::string text = std::exchange(crash_text_, {}).data();
  if (phase_ == Phase::echo) {  // whatever made an end of it
    cleared_ = echo_.end;
    again_ = true;
  }
  phase_ = finally ? Phase::finally : Phase::threads;
  if (text.empty() || again_) return;
  failed(
      {.fault = crash_fault_, .message = text, .thread = finally ? -1 : thread_, .where = last_location(), .graph = graph()});
}

void Execution::crash(Fault fault, const char* text) {
  in_body_ = false;  // should leaving crash, too, that is nobody's but the checker's
  if (phase_ != Phase::leaving) {
    crash_fault_ = fault;
    std::strncpy(crash_text_.data(), text, crash_text_.size() - 1);
  }
  leave_thread();
  std::abort();
}

// A thread that has done nothing since the last ticks.
void Execution::tick() {
  const Progress& at = at_[slot()];
  const bool moved = runs_ != runs_at_tick_ || at.events != at_tick_.events || at.accesses != at_tick_.accesses;
  runs_at_tick_ = runs_;
  at_tick_ = at;
  silent_ticks_ = moved ? 0 : silent_ticks_ + 1;
  if (silent_ticks_ < limits_.patience || limits_.patience == 0) return;
  silent_ticks_ = 0;
  crash(Fault::crash, "the code under test runs on and accesses nothing: a loop over plain data without end?");
}

// Of the newest step of the thread.
Location Execution::last_location() const {
  if (thread_ < 0 || graph().length(thread_) == 0) return {};
  const Event& last = graph()[graph().thread(thread_).back()];
  const auto& log = graph().log(thread_);
  return !log.empty() && log.back().position > last.index ? log.back().where : last.request.where;
}

Violation Execution::thrown_violation(const std::exception_ptr& thrown) const {
  return {.fault = Fault::exception,
          .message = "an exception leaves " + std::string(in_finally() ? "`finally`: " : "a thread: ") + describe(thrown),
          .thread = in_finally() ? -1 : thread_,
          .where = last_location(),
          .graph = graph()};
}

void Execution::begin_finally() {
  phase_ = Phase::finally;
  ++runs_;
  if (program_.finally) take_newest_values();
}

void Execution::take_newest_values() {
  final_.cells.resize(program_.cells.size());
  final_.data.resize(program_.data.size());
  for (Cell c = 0; const Object& cell : program_.cells) {
    const Stamp newest = graph().newest_write(c);
    final_.cells[static_cast<std::size_t>(c++)] = newest == initial ? cell.initial : graph()[newest].value;
  }
  for (Cell d = 0; std::uint64_t& value : final_.data) value = final_plain_value(program_, graph(), d++);
}

const Event* Execution::replay(Kind kind, Cell cell, const Request& request) {
  Progress& at = at_[slot()];
  if (at.events == graph().length(thread_)) return nullptr;
  const Event& e = graph()[graph().at(thread_, at.events++)];
  if (e.kind != kind || e.cell != cell || e.request.operation != request.operation || e.request.order != request.order ||
      e.request.failure != request.failure || e.request.operand != request.operand || e.request.desired != request.desired)
    not_a_function(request.where);
  at.writes += kind == Kind::write;
  return &e;
}

Stamp Execution::add_event(Kind kind, Cell cell, const Request& request) {
  if (graph().length(thread_) >= limits_.step_bound)
    reach_bound(
        "a thread takes more steps than the bound; most of them here. If a loop has no end, wait with await(), or mark it with "
        "checker::loop_head() and checker::retry()",
        busiest_line());
  const Stamp s = edit().add(thread_, kind, cell, request);
  inherit(edit(), s);
  ++at_[slot()].events;
  seq_cst_used_ |= request.order == Order::seq_cst || (may_fail(request.operation) && request.failure == Order::seq_cst);
  return s;
}

void Execution::reach_bound(std::string_view message, Location where) {
  if (limits_.step_bound_is_violation) fail(Fault::step_bound, message, where);
  add_block(Obstacle::step_bound, 0, where);
  leave();
}

void Execution::add_block(Obstacle obstacle, int loop_begin, Location where) {
  const Stamp s = edit().add(thread_, Kind::block, no_cell,
                             {.order = Order::relaxed, .operand = static_cast<std::uint64_t>(loop_begin), .where = where});
  inherit(edit(), s);
  edit()[s].obstacle = obstacle;
}

unsigned Execution::weak_failures() const {
  unsigned count = 0;
  for (Stamp s = 0; s < graph().size(); ++s) count += graph()[s].spurious;
  return count;
}

Stamp Execution::add_update(Stamp read) {
  Graph& g = edit();
  if (!g[read].updates) return no_event;
  const Request request = g[read].request;  // a copy: events move when one is added
  const Stamp write = g.add(g[read].thread, Kind::write, g[read].cell, request);
  inherit(g, write);
  g[write].updates = true;
  g[write].value = updated_value(g[read].request, g[read].value);
  settle_message(g, write);
  return write;
}

Execution::Read Execution::read(Cell cell, const Request& request) {
  if (phase_ != Phase::threads) [[unlikely]]
    return read_aside(cell, request);
  if (const Event* e = replay(Kind::read, cell, request)) {
    if (!e->updates) return {e->value, false};
    const Stamp write = graph().at(thread_, at_[slot()].events++);
    at_[slot()].writes += !restores(graph(), write);
    return {e->value, true};
  }
  if (limits_.find_loops) {
    const int begin = begin_of_pass(cell, request);
    if (begin >= 0 && doubts_loops()) return begin_echo(begin, cell, request);
    if (begin >= 0) fruitless_retry({begin, 0}, request.where);
  }
  before_step();
  const Stamp s = add_event(Kind::read, cell, request);
  choose_source(s, lowest_place(graph(), graph()[s]));
  settle_read(program_, edit(), s);
  if (!is_written(s)) fail(Fault::unwritten, message_, request.where);
  const Stamp write = add_update(s);
  if (write != no_event) {
    ++at_[slot()].events;
    at_[slot()].writes += !restores(graph(), write);
    place_update(write);
  }
  return {graph()[s].value, graph()[s].updates};
}

bool Execution::is_written(Stamp read) {
  const Event& e = graph()[read];
  if (e.source != initial || program_.cell(e.cell).written) return true;
  message_ = program_.cell(e.cell).name + " is read, and nothing has been written to it";
  return false;
}

void Execution::write(Cell cell, const Request& request) {
  if (phase_ != Phase::threads) [[unlikely]]
    return write_aside(cell, request);
  if (replay(Kind::write, cell, request)) return;
  before_step();
  const Stamp s = add_event(Kind::write, cell, request);
  ++at_[slot()].writes;
  edit()[s].value = request.operand;
  settle_message(edit(), s);
  choose_place(s, lowest_place(graph(), graph()[s]));
}

void Execution::fence(const Request& request) {
  if (phase_ != Phase::threads) [[unlikely]]
    return fence_aside(request);
  if (replay(Kind::fence, no_cell, request)) return;
  before_step();
  settle_fence(edit(), add_event(Kind::fence, no_cell, request));
}

unsigned Execution::choose(unsigned options, Location where) {
  if (phase_ == Phase::finally) not_in_finally(where);
  if (phase_ == Phase::leaving) return 0;
  if (phase_ == Phase::echo) diverge();
  const Request request{.order = Order::relaxed, .operand = options, .where = where};
  if (const Event* e = replay(Kind::choice, no_cell, request)) return static_cast<unsigned>(e->value);
  before_step();
  const Stamp s = add_event(Kind::choice, no_cell, request);
  edit()[s].value = choose_option(s, options);
  return static_cast<unsigned>(graph()[s].value);
}

bool Execution::wakes_spuriously(Location where) {
  if (phase_ != Phase::threads) return phase_ == Phase::leaving;
  if (has_replayed_all() && weak_failures() >= limits_.weak_failures) return false;
  const Progress& at = at_[slot()];
  // What is repeated was a choice then if the next step is one.
  if (!has_replayed_all() && graph()[graph().at(thread_, at.events)].kind != Kind::choice) return false;
  if (choose(2, where) == 0) return false;
  edit()[graph().at(thread_, at.events - 1)].spurious = true;
  return true;
}

void Execution::block(Obstacle obstacle, Location where) {
  if (phase_ == Phase::finally) not_in_finally(where);
  if (phase_ == Phase::leaving) leave_thread();
  if (phase_ == Phase::echo) diverge();
  if (obstacle == Obstacle::await && awaits_again(where)) return;
  before_step();
  add_block(obstacle, at_[slot()].events - 1, where);
  leave();
}

void Execution::retry(LoopHead head, Location where) {
  if (phase_ != Phase::threads) return;
  if (limits_.prune_retries && at_[slot()].writes == head.writes) fruitless_retry(head, where);
}

void Execution::fruitless_retry(LoopHead head, Location where) {
  add_block(Obstacle::retry, head.events, where);
  leave();
}

const Access* Execution::replay_access(Cell datum, bool writes, std::uint64_t value, Location where) {
  Progress& at = at_[slot()];
  const auto& log = graph().log(thread_);
  if (static_cast<std::size_t>(at.accesses) == log.size()) return nullptr;
  const Access& a = log[static_cast<std::size_t>(at.accesses++)];
  if (a.datum != datum || a.writes != writes || a.position != at.events || (writes && a.value != value)) not_a_function(where);
  at.writes += writes;
  return &a;
}

void Execution::add_access(Cell datum, std::uint64_t value, bool writes, std::uint8_t label, Location where) {
  before_access();
  Progress& at = at_[slot()];
  if (at.accesses >= accesses_per_step * limits_.step_bound)
    reach_bound("a thread makes more than " + std::to_string(at.accesses) + " accesses to plain data: a loop without end?",
                where);
  if (const auto race = find_race(graph(), thread_, at.events, datum, writes)) {
    message_ = program_.datum(datum).name + ": " + (writes ? "written" : "read") + " here and " +
               (race->access.writes ? "written" : "read") + " by thread " + std::to_string(race->thread) +
               ", and neither happens-before the other";
    fail(Fault::data_race, message_, where);
  }
  edit().log(thread_).push_back({value, 0, where, datum, static_cast<std::int16_t>(at.events), writes, label});
  ++at.accesses;
  at.writes += writes;
}

std::uint64_t Execution::plain_read(Cell datum, Location where) {
  if (phase_ != Phase::threads) [[unlikely]]
    return plain_read_aside(datum);
  if (const Access* a = replay_access(datum, false, 0, where)) return a->value;
  const std::uint64_t value = plain_value(program_, graph(), thread_, at_[slot()].events, datum);
  add_access(datum, value, false, 0, where);
  return value;
}

void Execution::plain_write(Cell datum, std::uint64_t value, Location where) {
  if (phase_ != Phase::threads) [[unlikely]]
    return void(plain_write_aside(datum, value));
  if (!replay_access(datum, true, value, where)) add_access(datum, value, true, 0, where);
}

std::uint64_t Execution::plain_exchange(Cell datum, std::uint64_t value, std::uint8_t label, Location where) {
  if (phase_ != Phase::threads) [[unlikely]]
    return plain_write_aside(datum, value);
  if (const Access* a = replay_access(datum, true, value, where)) return a->before;
  const std::uint64_t before = plain_value(program_, graph(), thread_, at_[slot()].events, datum);
  add_access(datum, value, true, label, where);
  edit().log(thread_).back().before = before;
  return before;
}

// Other phases.

// The destructors of a thread that is unwound may loop; they are given so many accesses.
void Execution::leave_if_endless() {
  if (phase_ == Phase::leaving && ++accesses_aside_ > limits_.step_bound) leave_thread();
}

Execution::Read Execution::read_aside(Cell cell, const Request& request) {
  if (phase_ == Phase::echo) return echo(cell, request);
  leave_if_endless();
  std::uint64_t& value = final_.cells[static_cast<std::size_t>(cell)];
  const std::uint64_t before = value;
  return {before, apply(request, value)};
}

void Execution::write_aside(Cell cell, const Request& request) {
  if (phase_ == Phase::echo) diverge();
  final_.cells[static_cast<std::size_t>(cell)] = request.operand;
}

void Execution::fence_aside(const Request& request) {
  if (phase_ != Phase::echo) return;
  if (echo_.at == echo_.end) diverge();
  const Event& e = graph()[graph().at(thread_, echo_.at++)];
  if (e.kind != Kind::fence || e.request.order != request.order) diverge();
}

std::uint64_t Execution::plain_read_aside(Cell datum) {
  if (phase_ == Phase::echo) {
    if (++accesses_aside_ > limits_.step_bound) diverge();  // a loop over plain data within a pass
    return plain_value(program_, graph(), thread_, at_[slot()].events, datum);
  }
  leave_if_endless();
  return final_.data[static_cast<std::size_t>(datum)];
}

std::uint64_t Execution::plain_write_aside(Cell datum, std::uint64_t value) {
  if (phase_ == Phase::echo) {
    if (plain_value(program_, graph(), thread_, at_[slot()].events, datum) != value) diverge();
    return value;
  }
  return std::exchange(final_.data[static_cast<std::size_t>(datum)], value);
}

}  // namespace checker
