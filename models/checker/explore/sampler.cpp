#include "sampler.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "liveness.hpp"
#include "models/checker/rc11/consistency.hpp"

namespace checker {

namespace {

constexpr int most_passes = 4;        // on the newest values, before a loop counts as endless
constexpr int weak_failure_odds = 4;  // a weak compare-exchange that may fail spuriously does so once in so many times

// Bijective on 64 bits.
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Takes a random element out of a list.
template <class T>
T draw(std::vector<T>& from, Generator& random) {
  const auto i = static_cast<std::size_t>(random.below(static_cast<int>(from.size())));
  std::swap(from[i], from.back());
  const T drawn = from.back();
  from.pop_back();
  return drawn;
}

}  // namespace

std::uint64_t Generator::next() {
  state_ += 0x9e3779b97f4a7c15;
  return mix(state_);
}

Sampler::Sampler(const Program& program, const Options& options) : FiberExecution(program, options.limits), options_(options) {
  if (options.samples == 0) throw std::invalid_argument("expected at least 1 sample, found 0");
}

Result Sampler::run() {
  const Running running(*this);
  result_ = {};
  sample_of_violation_.reset();
  timed_out_ = false;
  began_ = reported_ = Time::now();
  std::uint64_t done = 0;
  while (!stopped(done)) {
    sample(options_.first + done);
    look_at_the_time(++done);
  }
  const Counters& c = result_.counters;
  result_.verdict = c.violations > 0           ? Verdict::violation
                    : done != options_.samples ? Verdict::incomplete
                    : c.complete == 0          ? Verdict::vacuous
                                               : Verdict::bounded;
  result_.seconds = std::chrono::duration<double>(Time::now() - began_).count();
  return result_;
}

bool Sampler::stopped(std::uint64_t done) const {
  return done == options_.samples || timed_out_ || (options_.stop_at_violation && result_.counters.violations > 0) ||
         (options_.maximum_executions > 0 && done >= options_.maximum_executions);
}

void Sampler::look_at_the_time(std::uint64_t done) {
  if ((done & 255) != 0 || (!options_.progress && options_.time_limit == 0)) return;
  const auto now = Time::now();
  timed_out_ = options_.time_limit > 0 && std::chrono::duration<double>(now - began_).count() > options_.time_limit;
  if (!options_.progress || now - reported_ < std::chrono::seconds(1)) return;
  reported_ = now;
  options_.progress({result_.counters, std::chrono::duration<double>(now - began_).count()});
}

void Sampler::sample(std::uint64_t number) {
  number_ = number;
  random_ = Generator(mix(mix(options_.seed) + number));
  loops_ = {};
  writes_ = 0;
  begin();
  next_ = pick();
  while (!dead_ && next_ >= 0) {
    const int t = next_;
    run_thread(t);
    if (dead_ || !is_over(t)) continue;
    if (has_ended(t)) add_end(t);
    next_ = pick();
  }
  Counters& c = result_.counters;
  c.depth = 1;
  c.longest = std::max(c.longest, graph().size());
  c.steps += static_cast<std::uint64_t>(graph().size());
  if (!dead_) conclude();
}

// Nobody can go on: all have ended, or are blocked, or go round in loops.
void Sampler::conclude() {
  bool blocked = false, bound = false;
  for (int t = 0; t < graph().threads(); ++t) {
    if (!is_over(t)) {
      thread_ = t;
      add_block(loop(t).obstacle, loop(t).begin, loop(t).where);
    }
    const Obstacle obstacle = graph()[graph().thread(t).back()].obstacle;
    blocked |= obstacle != Obstacle::none;
    bound |= obstacle == Obstacle::step_bound;
  }
  Counters& c = result_.counters;
  if (bound) {
    ++c.bound;
  } else if (blocked) {
    if (all_suspected_stuck(graph())) failed(stuck_violation(graph()));
    c.blocked += !dead_;
  } else {
    c.not_interleaved += !judge();
    c.complete += !dead_;
  }
}

void Sampler::failed(const Violation& violation) {
  if (result_.counters.violations++ == 0) {
    result_.violation = violation;
    sample_of_violation_ = number_;
  }
  dead_ = true;
}

// Who runs next.

void Sampler::before_step() {
  next_ = pick();
  switch_threads();
}

void Sampler::switch_threads() {
  if (next_ != thread_) pause();
}

// Those that wait for nothing; else those whose last pass took old values; else, some times more, the others.
int Sampler::pick() {
  int t = pick_among(&Sampler::may_run);
  if (t < 0) t = pick_among(&Sampler::waits_for_step);
  if (t < 0) t = pick_among(&Sampler::has_passes_left);
  if (t >= 0) loop(t).wait = Wait::nothing;
  return t;
}

int Sampler::pick_among(bool (Sampler::*condition)(int) const) {
  std::array<int, maximum_threads> found{};
  int count = 0;
  for (int t = 0; t < graph().threads(); ++t)
    if (!is_over(t) && (this->*condition)(t)) found[static_cast<std::size_t>(count++)] = t;
  return count == 0 ? -1 : found[static_cast<std::size_t>(random_.below(count))];
}

bool Sampler::may_run(int t) const {
  switch (loop(t).wait) {
    case Wait::nothing: return true;
    case Wait::step: return steps_of_others(t) > loop(t).since;
    case Wait::write: return writes_ > loop(t).since;
  }
  return true;
}

bool Sampler::has_passes_left(int t) const { return loop(t).wait == Wait::write && loop(t).passes < most_passes; }

void Sampler::goes_round(Obstacle obstacle, int begin, Location where) {
  Loop& l = loop(thread_);
  l.obstacle = obstacle;
  l.begin = begin;
  l.where = where;
  if (reads_only_the_newest(graph(), thread_, begin, graph().length(thread_))) {
    l.passes = l.since == writes_ ? l.passes + 1 : 1;
    l.wait = Wait::write;
    l.since = writes_;
  } else {
    l.passes = 0;
    l.wait = Wait::step;
    l.since = steps_of_others(thread_);
  }
  next_ = pick();
  switch_threads();
}

void Sampler::fruitless_retry(LoopHead head, Location where) { goes_round(Obstacle::retry, head.events, where); }

bool Sampler::awaits_again(Location where) {
  goes_round(Obstacle::await, graph().length(thread_) - 1, where);
  return true;
}

// What a step takes.

// Leaves in sources_ what atomicity and coherence allow.
void Sampler::collect_sources(Stamp read, int lowest) {
  const Event& e = graph()[read];
  const Request& q = e.request;
  const auto equals = [&](int place) {
    return value_of(program_, graph(), e.cell, graph().write_at(e.cell, place)) == q.operand;
  };
  const int top = graph().last_place(e.cell);
  sources_.clear();
  if (q.operation == Operation::compare_weak && weak_failures() < limits_.weak_failures && random_.one_in(weak_failure_odds))
    for (int place = lowest; place <= top; ++place)
      if (equals(place)) sources_.push_back({place, true});
  if (!sources_.empty()) return;
  for (int place = lowest; place <= top; ++place) {
    const std::uint64_t found = value_of(program_, graph(), e.cell, graph().write_at(e.cell, place));
    if (!updates(q, found) || !graph().bound_at(e.cell, place + 1)) sources_.push_back({place, false});
  }
}

// The newest source is always consistent; the list holds it unless it holds spurious failures only.
void Sampler::choose_source(Stamp read, int lowest) {
  collect_sources(read, lowest);
  while (!sources_.empty())
    if (try_source(read, draw(sources_, random_))) return;
  try_source(read, {graph().last_place(graph()[read].cell), false});
}

bool Sampler::try_source(Stamp read, Source source) {
  Graph& g = edit();
  const Cell cell = g[read].cell;
  g[read].source = g.write_at(cell, source.place);
  g[read].spurious = source.spurious;
  if (!seq_cst_used_ || source.place == g.last_place(cell)) return true;
  settle_read(program_, g, read);
  // Its update need not be tried: that only comes before stores that the read comes before too, and behind what they are
  // behind.
  return order_.holds(g);
}

// The newest place half of the time.
void Sampler::choose_place(Stamp write, int lowest) {
  ++writes_;
  const Cell cell = graph()[write].cell;
  const int top = graph().last_place(cell) + 1;
  places_.clear();
  if (!random_.one_in(2))
    for (int place = lowest + 1; place < top; ++place)
      if (!graph().bound_at(cell, place)) places_.push_back(place);
  while (!places_.empty())
    if (try_place(write, draw(places_, random_))) return;
  edit().place(write, top);
}

bool Sampler::try_place(Stamp write, int place) {
  edit().place(write, place);
  if (!seq_cst_used_ || order_.holds(graph())) return true;
  edit().unplace(write);
  return false;
}

void Sampler::place_update(Stamp write) {
  writes_ += !restores(graph(), write);
  const Event& e = graph()[write];
  edit().place(write, graph().place_of(graph().predecessor(e)->source) + 1);
}

unsigned Sampler::choose_option(Stamp, unsigned options) {
  return options == 0 ? 0 : static_cast<unsigned>(random_.below(static_cast<int>(options)));
}

}  // namespace checker
