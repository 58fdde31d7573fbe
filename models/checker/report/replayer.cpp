#include "replayer.hpp"

#include <limits>

#include "models/checker/explore/liveness.hpp"
#include "models/checker/rc11/consistency.hpp"

namespace checker {

namespace {

// The recording says where a thread stops.
Execution::Limits no_limits(const Program& program) {
  return {.weak_failures = std::numeric_limits<unsigned>::max(),
          .step_bound = Execution::largest_step_bound(program.threads.size()),
          .step_bound_is_violation = true,
          .prune_retries = true,
          .find_loops = true};
}

std::string describe_fault(Fault fault, const std::string& message) {
  return std::string(name(fault)) + " \"" + message + "\"";
}

}  // namespace

Replayer::Replayer(const Program& program, const Recording& recording)
    : FiberExecution(program, no_limits(program)), recording_(recording) {
  validate(recording);
}

Replay Replayer::run() {
  const Running running(*this);
  difference_.clear();
  found_.reset();
  stages_ = {};
  compared_ = {};
  limits_ = no_limits(program_);
  begin();
  if (is_the_same_program()) {
    while (difference_.empty() && run_next_thread()) {
    }
    if (difference_.empty()) check_ending();
    if (difference_.empty()) check_violation();
  }
  if (found_) found_->graph = graph();
  return {.reproduced = difference_.empty(), .difference = difference_, .violation = found_};
}

bool Replayer::is_the_same_program() {
  if (recording_.threads.size() != program_.threads.size())
    difference_ =
        "expected " + std::to_string(recording_.threads.size()) + " threads, found " + std::to_string(program_.threads.size());
  return difference_.empty() && same_objects("cell", recording_.cells, program_.cells) &&
         same_objects("datum", recording_.data, program_.data);
}

bool Replayer::same_objects(const std::string& sort, const std::vector<RecordedObject>& expected,
                            const std::vector<Object>& found) {
  const auto text = [](const auto& objects, std::size_t i) {
    return i < objects.size() ? objects[i].name + " = " + to_hexadecimal(objects[i].initial) : "none";
  };
  for (std::size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
    if (text(expected, i) == text(found, i)) continue;
    difference_ = sort + " " + std::to_string(i) + ": expected " + text(expected, i) + ", found " + text(found, i);
    return false;
  }
  return true;
}

// Who runs.

// false: nobody can go on.
bool Replayer::run_next_thread() {
  for (int t = 0; t < graph().threads(); ++t) {
    if (!can_go_on(t)) continue;
    run_thread(t);
    if (has_ended(t) && difference_.empty()) end_thread();
    if (is_over(t)) stage(t) = Stage::stopped;
    return true;
  }
  return false;
}

bool Replayer::can_go_on(int t) const {
  switch (stage(t)) {
    case Stage::fresh: return true;
    case Stage::at_event: return is_there(recorded(t).events[static_cast<std::size_t>(graph().length(t))].source);
    case Stage::at_tail:
      for (int other = 0; other < graph().threads(); ++other)
        if (other != t && stage(other) != Stage::stopped) return false;
      return true;
    case Stage::stopped: return false;
  }
  return false;
}

void Replayer::wait(Stage where) {
  const int t = thread_;
  stage(t) = where;
  if (!can_go_on(t)) pause();
}

void Replayer::stop() {
  stage(thread_) = Stage::stopped;
  FiberExecution::leave_thread();
}

void Replayer::end_thread() {
  const RecordedEvent* next = next_event();
  if (next && next->kind == Kind::end) {
    add_end(thread_);
    compare();
  } else if (next) {
    differ(describe(recording_, *next), "end of the thread");
  } else {
    compare();
  }
}

// What was recorded.

const RecordedEvent* Replayer::next_event() const {
  const auto& events = recorded(thread_).events;
  const auto next = static_cast<std::size_t>(graph().length(thread_));
  return next < events.size() ? &events[next] : nullptr;
}

const RecordedEvent* Replayer::recorded_at(Stamp event) const {
  const Event& e = graph()[event];
  const auto& events = recorded(e.thread).events;
  return static_cast<std::size_t>(e.index) < events.size() ? &events[static_cast<std::size_t>(e.index)] : nullptr;
}

bool Replayer::blocks_here() const {
  const RecordedEvent* next = next_event();
  return next && next->kind == Kind::block;
}

bool Replayer::has_passed_all(int t) const {
  return static_cast<std::size_t>(graph().length(t)) >= recorded(t).events.size() &&
         graph().log(t).size() >= recorded(t).accesses.size();
}

bool Replayer::is_about_liveness() const {
  const auto& violation = recording_.violation;
  return violation && (violation->fault == Fault::livelock || violation->fault == Fault::deadlock);
}

// 1 + the number of stores that are there and that the recording has before it.
int Replayer::recorded_place(const Event& write) const {
  int place = 1;
  for (const EventName& n : recording_.coherence[static_cast<std::size_t>(write.cell)]) {
    if (n == EventName{write.thread, write.index}) return place;
    place += is_there(n);
  }
  return graph().last_place(write.cell) + 1;
}

// Steps.

void Replayer::before_step() {
  compare_or_leave();
  const RecordedEvent* next = next_event();
  if (!next) {
    if (!has_passed_all(thread_)) {
      differ(expected_at(thread_, compared(thread_)), "another step");
      stop();
    }
    if (!is_violator(thread_) || recording_.violation->fault != Fault::step_bound) stop();
    wait(Stage::at_tail);
    limits_.step_bound = graph().length(thread_);
    return;
  }
  if (next->kind == Kind::block && next->obstacle == Obstacle::step_bound) {
    add_block(Obstacle::step_bound, 0, {});
    leave();
  }
  wait(Stage::at_event);
}

void Replayer::before_access() {
  compare_or_leave();
  if (!has_passed_all(thread_)) return;  // if it was not recorded here, the next comparison shows it
  if (!is_violator(thread_)) stop();
  wait(Stage::at_tail);
}

bool Replayer::awaits_again(Location) {
  compare_or_leave();
  return !blocks_here();
}

void Replayer::fruitless_retry(LoopHead head, Location where) {
  compare_or_leave();
  if (blocks_here()) Execution::fruitless_retry(head, where);
  if (!next_event() && !is_violator(thread_)) stop();
}

void Replayer::choose_source(Stamp read, int) {
  const RecordedEvent* r = recorded_at(read);
  Event& e = edit()[read];
  const bool fits = r && r->kind == Kind::read && r->cell == e.cell;
  e.source = fits ? stamp_of(r->source) : graph().newest_write(e.cell);
  e.spurious = fits && r->spurious;
  settle_read(program_, edit(), read);
  compare();
  if (difference_.empty()) return;
  edit()[read].updates = false;  // its update will not come
  stop();
}

void Replayer::choose_place(Stamp write, int) {
  edit().place(write, recorded_place(graph()[write]));
  compare_or_leave();
}

void Replayer::place_update(Stamp write) { choose_place(write, 0); }

unsigned Replayer::choose_option(Stamp choice, unsigned) {
  const RecordedEvent* r = recorded_at(choice);
  edit()[choice].value = r && r->kind == Kind::choice ? r->value : 0;
  compare_or_leave();
  return static_cast<unsigned>(graph()[choice].value);
}

void Replayer::leave_thread() {
  compare();
  stop();
}

// Comparison.

std::string Replayer::expected_at(int t, const Position& at) const {
  const auto& [events, accesses] = recorded(t);
  const auto event = static_cast<std::size_t>(at.events), access = static_cast<std::size_t>(at.accesses);
  if (access < accesses.size() && accesses[access].position <= at.events) return describe(recording_, accesses[access]);
  return event < events.size() ? describe(recording_, events[event]) : "";
}

std::string Replayer::found_at(int t, const Position& at, std::string& where) const {
  const auto& log = graph().log(t);
  const auto access = static_cast<std::size_t>(at.accesses);
  if (access < log.size() && log[access].position <= at.events) {
    where = to_text(log[access].where);
    return describe(recording_, recorded_access(log[access]));
  }
  if (at.events == graph().length(t)) return "";
  const Stamp s = graph().at(t, at.events);
  where = to_text(graph()[s].request.where);
  return describe(recording_, recorded_event(graph(), s));
}

// Whatever the thread has done since the last comparison must be as recorded, and, behind that, plain accesses of the violator.
void Replayer::compare() {
  if (!difference_.empty() || in_finally()) return;
  Position& at = compared(thread_);
  for (;;) {
    std::string where;
    const std::string found = found_at(thread_, at, where);
    if (found.empty()) return;
    const std::string expected = expected_at(thread_, at);
    const bool is_event = graph().log(thread_).size() == static_cast<std::size_t>(at.accesses) ||
                          graph().log(thread_)[static_cast<std::size_t>(at.accesses)].position > at.events;
    if (found != expected && (is_event || !expected.empty())) return differ(expected, found, where);
    ++(is_event ? at.events : at.accesses);
  }
}

void Replayer::compare_or_leave() {
  compare();
  if (!difference_.empty()) stop();
}

void Replayer::differ(const std::string& expected, const std::string& found, const std::string& where) {
  if (!difference_.empty()) return;
  difference_ = "thread " + std::to_string(thread_) + ", event " + std::to_string(compared(thread_).events) +
                (where.empty() ? "" : " (" + where + ")") + ": expected " + (expected.empty() ? "nothing more" : expected) +
                ", found " + found;
}

// The violation.

void Replayer::failed(const Violation& violation) {
  compare();
  if (!difference_.empty()) return;
  if (in_finally() || (is_violator(thread_) && has_passed_all(thread_))) {
    found_ = violation;
    dead_ = in_finally();
  } else if (!has_passed_all(thread_)) {
    found_ = violation;
    differ(expected_at(thread_, compared(thread_)), describe_fault(violation.fault, violation.message),
           to_text(violation.where));
  }  // else: behind what was recorded of a thread that is not to blame
}

void Replayer::check_ending() {
  bool ended = true;
  for (thread_ = 0; thread_ < graph().threads(); ++thread_) {
    // Not reached, because a valid recording lets somebody go on; but not to be taken for a reproduction.
    if (!has_passed_all(thread_)) return differ(expected_at(thread_, compared(thread_)), "nothing more");
    const auto& own = graph().thread(thread_);
    ended &= !own.empty() && graph()[own.back()].kind == Kind::end;
  }
  thread_ = 0;
  if (ended) judge();
  if (is_about_liveness() && all_suspected_stuck(graph())) found_ = stuck_violation(graph());
}

void Replayer::check_violation() {
  const auto& expected = recording_.violation;
  if (!expected && !found_) return;
  const std::string wanted = expected ? describe_fault(expected->fault, expected->message) : "no violation";
  const std::string found = found_ ? describe_fault(found_->fault, found_->message) : "no violation";
  if (wanted != found) difference_ = "at the end: expected " + wanted + ", found " + found;
}

}  // namespace checker
