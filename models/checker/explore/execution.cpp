#include "execution.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

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
  failed(
      {.fault = fault, .message = std::string(message), .thread = finally_ ? -1 : thread_, .where = where, .graph = *graph_});
  leave();
}

void Execution::not_a_function() {
  unfaithful_ = "thread " + std::to_string(thread_) + " is not a function of what it reads: step " +
                std::to_string(at_[slot()].events) + " differs from an earlier run of the same choices";
  leave();
}

void Execution::begin_finally() {
  finally_ = true;
  final_.cells.clear();
  final_.data.clear();
  if (!program_.finally) return;
  for (std::size_t i = 0; i < program_.cells.size(); ++i) {
    const auto cell = static_cast<Cell>(i);
    final_.cells.push_back(value_of(program_, graph(), cell, graph().newest_write(cell)));
  }
  for (std::size_t i = 0; i < program_.data.size(); ++i)
    final_.data.push_back(final_plain_value(program_, graph(), static_cast<Cell>(i)));
}

const Event* Execution::replay(Kind kind, Cell cell, const Request& request) {
  Progress& at = at_[slot()];
  if (at.events == graph().length(thread_)) return nullptr;
  const Event& e = graph()[graph().at(thread_, at.events++)];
  if (e.kind != kind || e.cell != cell || e.request.operation != request.operation || e.request.order != request.order ||
      e.request.failure != request.failure || e.request.operand != request.operand || e.request.desired != request.desired)
    not_a_function();
  at.writes += kind == Kind::write;
  return &e;
}

Stamp Execution::add_event(Kind kind, Cell cell, const Request& request) {
  if (graph().length(thread_) >= limits_.step_bound) {
    if (limits_.step_bound_is_violation) fail(Fault::step_bound, "a thread takes more steps than the bound", request.where);
    add_block(Obstacle::step_bound, 0, request.where);
    leave();
  }
  const Stamp s = edit().add(thread_, kind, cell, request);
  inherit(edit(), s);
  ++at_[slot()].events;
  seq_cst_used_ |= request.order == Order::seq_cst || (compares(request.operation) && request.failure == Order::seq_cst);
  return s;
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
  if (finally_) {
    std::uint64_t& value = final_.cells[static_cast<std::size_t>(cell)];
    const std::uint64_t before = value;
    return {before, apply(request, value)};
  }
  if (const Event* e = replay(Kind::read, cell, request)) {
    at_[slot()].events += e->updates;
    at_[slot()].writes += e->updates;
    return {e->value, e->updates};
  }
  before_step();
  const Stamp s = add_event(Kind::read, cell, request);
  choose_source(s, lowest_place(graph(), graph()[s]));
  settle_read(program_, edit(), s);
  if (!is_written(s)) fail(Fault::unwritten, message_, request.where);
  const Stamp write = add_update(s);
  if (write != no_event) {
    ++at_[slot()].events;
    ++at_[slot()].writes;
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
  if (finally_) {
    final_.cells[static_cast<std::size_t>(cell)] = request.operand;
    return;
  }
  if (replay(Kind::write, cell, request)) return;
  before_step();
  const Stamp s = add_event(Kind::write, cell, request);
  ++at_[slot()].writes;
  edit()[s].value = request.operand;
  settle_message(edit(), s);
  choose_place(s, lowest_place(graph(), graph()[s]));
}

void Execution::fence(const Request& request) {
  if (finally_ || replay(Kind::fence, no_cell, request)) return;
  before_step();
  settle_fence(edit(), add_event(Kind::fence, no_cell, request));
}

unsigned Execution::choose(unsigned options, Location where) {
  if (finally_) not_in_finally(where);
  const Request request{.order = Order::relaxed, .operand = options, .where = where};
  if (const Event* e = replay(Kind::choice, no_cell, request)) return static_cast<unsigned>(e->value);
  before_step();
  const Stamp s = add_event(Kind::choice, no_cell, request);
  edit()[s].value = choose_option(s, options);
  return static_cast<unsigned>(graph()[s].value);
}

void Execution::block(Obstacle obstacle, Location where) {
  if (finally_) not_in_finally(where);
  if (obstacle == Obstacle::await && awaits_again(where)) return;
  before_step();
  add_block(obstacle, at_[slot()].events - 1, where);
  leave();
}

void Execution::retry(LoopHead head, Location where) {
  if (finally_) return;
  if (limits_.prune_retries && at_[slot()].writes == head.writes) fruitless_retry(head, where);
}

void Execution::fruitless_retry(LoopHead head, Location where) {
  add_block(Obstacle::retry, head.events, where);
  leave();
}

const Access* Execution::replay_access(Cell datum, bool writes, std::uint64_t value) {
  Progress& at = at_[slot()];
  const auto& log = graph().log(thread_);
  if (static_cast<std::size_t>(at.accesses) == log.size()) return nullptr;
  const Access& a = log[static_cast<std::size_t>(at.accesses++)];
  if (a.datum != datum || a.writes != writes || a.position != at.events || (writes && a.value != value)) not_a_function();
  at.writes += writes;
  return &a;
}

void Execution::add_access(Cell datum, std::uint64_t value, bool writes, std::uint8_t label, Location where) {
  before_access();
  Progress& at = at_[slot()];
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
  if (finally_) return final_.data[static_cast<std::size_t>(datum)];
  if (const Access* a = replay_access(datum, false, 0)) return a->value;
  const std::uint64_t value = plain_value(program_, graph(), thread_, at_[slot()].events, datum);
  add_access(datum, value, false, 0, where);
  return value;
}

void Execution::plain_write(Cell datum, std::uint64_t value, Location where) {
  if (finally_) {
    final_.data[static_cast<std::size_t>(datum)] = value;
    return;
  }
  if (!replay_access(datum, true, value)) add_access(datum, value, true, 0, where);
}

std::uint64_t Execution::plain_exchange(Cell datum, std::uint64_t value, std::uint8_t label, Location where) {
  if (finally_) return std::exchange(final_.data[static_cast<std::size_t>(datum)], value);
  if (const Access* a = replay_access(datum, true, value)) return a->before;
  const std::uint64_t before = plain_value(program_, graph(), thread_, at_[slot()].events, datum);
  add_access(datum, value, true, label, where);
  edit().log(thread_).back().before = before;
  return before;
}

}  // namespace checker
