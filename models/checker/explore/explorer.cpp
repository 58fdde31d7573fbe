#include "explorer.hpp"

#include <bit>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "liveness.hpp"
#include "models/checker/graph/canonical.hpp"
#include "models/checker/rc11/consistency.hpp"

namespace checker {

Explorer::Explorer(const Program& program, const Options& options)
    : Execution(program, options.limits), options_(options), began_(Time::now()), reported_(began_) {}

ShardReport Explorer::run() {
  const Running running(*this);
  reset();
  while (!stopped() && next()) {
  }
  Result& r = report_.result;
  r.seconds = std::chrono::duration<double>(Time::now() - began_).count();
  if (r.counters.violations > 0)
    r.verdict = Verdict::violation;
  else if (stopped())
    r.verdict = Verdict::incomplete;
  else if (options_.shard.whole() && r.counters.complete + r.counters.passed_over == 0)
    r.verdict = Verdict::vacuous;
  else if (r.counters.cut + r.counters.bound > 0)
    r.verdict = Verdict::bounded;
  report_.shard = options_.shard;
  return report_;
}

bool Explorer::stopped() const {
  const Counters& c = report_.result.counters;
  return (c.violations > 0 && options_.stop_at_violation) || timed_out_ ||
         (options_.maximum_executions > 0 && c.executions() + c.passed_over >= options_.maximum_executions);
}

// The root is a node like any other: an alternative of nothing.
void Explorer::reset() {
  report_ = {};
  timed_out_ = false;
  exceptions_ = ExceptionState::current();
  seen_.clear();
  use_context(0);
  alternatives().clear();
  edit().reset(static_cast<int>(program_.threads.size()), static_cast<int>(program_.cells.size()));
  begin_node({}, 0);
  run_threads();
  name_children();
  if (!unfaithful_.empty()) throw std::logic_error(unfaithful_);
}

void Explorer::use_context(int depth) {
  context_ = depth;
  while (static_cast<int>(contexts_.size()) <= depth) contexts_.push_back(std::make_unique<Context>());
  graph_ = &context().graph;
  Counters& c = report_.result.counters;
  c.depth = std::max(c.depth, depth + 1);
}

void Explorer::begin_node(const Node& node, std::size_t first) {
  node_ = node;
  first_alternative_ = first;
  Counters& c = report_.result.counters;
  before_node_ = c;
  c.deviations = std::max(c.deviations, node.depth);
}

// To the newest alternative. false: there is none.
bool Explorer::next() {
  while (alternatives().empty()) {
    if (context_ == 0) return false;
    use_context(context_ - 1);
  }
  const Alternative a = alternatives().back();
  alternatives().pop_back();
  if (!admit(a.node)) return true;
  begin_node(a.node, alternatives().size());
  edit().cut(a.event + 1);
  if (take(a)) run_threads();
  name_children();
  if (!unfaithful_.empty()) throw std::logic_error(unfaithful_);
  look_at_the_time();
  return true;
}

bool Explorer::admit(const Node& node) {
  if (options_.deviations >= 0 && node.depth > options_.deviations) {
    ++report_.result.counters.cut;
    return false;
  }
  const Shard& shard = options_.shard;
  if (shard.whole() || node.depth != shard.depth) return true;
  report_.frontier.add(node.path);
  if (!shard.owns(node.path)) return false;
  report_.taken.add(node.path);
  return true;
}

// Ends a node: names its children. What lies above the frontier is counted by the first shard only.
void Explorer::name_children() {
  auto& all = alternatives();
  for (std::size_t i = first_alternative_; i < all.size(); ++i)
    all[i].node = {extend_path(node_.path, i - first_alternative_), node_.depth + 1};
  const Shard& shard = options_.shard;
  if (!shard.whole() && shard.index != 0 && node_.depth < shard.depth && report_.result.counters.violations == 0)
    report_.result.counters = before_node_;
}

void Explorer::look_at_the_time() {
  if ((++ticks_ & 255) != 0 || (!options_.progress && options_.time_limit == 0)) return;
  const auto now = Time::now();
  timed_out_ = options_.time_limit > 0 && std::chrono::duration<double>(now - began_).count() > options_.time_limit;
  if (!options_.progress || now - reported_ < std::chrono::seconds(1)) return;
  reported_ = now;
  options_.progress({report_.result.counters, std::chrono::duration<double>(now - began_).count()});
}

void Explorer::run_threads() {
  dead_ = stale_ = false;
  bool blocked = false, bound = false;
  for (int t = 0; t < graph().threads() && !dead_; ++t) {
    const Obstacle obstacle = run_thread(t);
    blocked |= obstacle != Obstacle::none;
    bound |= obstacle == Obstacle::step_bound;
  }
  Counters& c = report_.result.counters;
  c.longest = std::max(c.longest, graph().size());
  if (dead_ || !unfaithful_.empty()) return;
  if (bound) {
    ++c.bound;
  } else if (blocked) {
    if (all_suspected_stuck(graph())) check_liveness();
    c.blocked += !dead_;
  } else {
    finish();
  }
}

// A thread whose last event says that it ended, or is blocked, does not run again.
Obstacle Explorer::run_thread(int t) {
  const auto& own = graph().thread(t);
  if (!own.empty()) {
    const Event& last = graph()[own.back()];
    if (last.kind == Kind::end || last.kind == Kind::block) {
      stale_ |= last.request.desired != last_run_[static_cast<std::size_t>(t)];
      return last.obstacle;
    }
  }
  const int length = graph().length(t);
  bool ended = false;
  cleared_ = -1;
  do {
    begin_thread(t);
    last_run_[static_cast<std::size_t>(t)] = runs();
    ended = guarded(program_.threads[static_cast<std::size_t>(t)]);
  } while (std::exchange(again_, false));
  if (dead_ || !unfaithful_.empty()) return Obstacle::none;
  Counters& c = report_.result.counters;
  c.replayed_steps += static_cast<std::uint64_t>(length);
  c.steps += static_cast<std::uint64_t>(graph().length(t) - length);
  if (!ended) return graph()[graph().thread(t).back()].obstacle;
  if (!has_replayed_all()) {
    unfaithful_ = "thread " + std::to_string(t) + " ends earlier than in an earlier run of the same choices";
    dead_ = true;
    return Obstacle::none;
  }
  inherit(edit(), edit().add(t, Kind::end, no_cell, {.order = Order::relaxed, .desired = runs()}));
  return Obstacle::none;
}

// false: the code was left before its end.
bool Explorer::guarded(const std::function<void()>& body) {
  stack_base_ = __builtin_frame_address(0);
  bool ended = false;
  begin_owning();
  enter_body();
  if (_setjmp(exit_) != 0) {
    exceptions_.restore();
  } else {
    try {
      body();
      ended = is_itself();
    } catch (const Left&) {
    } catch (...) {
      if (is_itself()) failed(thrown_violation(std::current_exception()));
    }
  }
  exit_body();
  return ended;
}

void Explorer::finish() {
  Counters& c = report_.result.counters;
  if (options_.check_duplicates && !seen_.insert(canonical_key(graph())).second) ++c.duplicates;
  if (program_.judge) {
    const Judgement judgement = program_.judge(graph());
    c.not_interleaved += !judgement.interleaved;
    if (!judgement.wrong.empty()) failed({.message = judgement.wrong, .graph = graph()});
  }
  if (!dead_ && program_.finally)
    judge_finally();
  else if (!dead_ && options_.audit && std::has_single_bit(c.complete + 1))
    replay_threads(true);
  dead_ |= !unfaithful_.empty();
  c.complete += !dead_;
}

// Threads that ended in an earlier run are not run again by this one. Where they have run otherwise since, what they keep in
// plain variables is of another execution. `all`: the others, too.
void Explorer::replay_threads(bool all) {
  for (int t = 0; t < graph().threads() && unfaithful_.empty(); ++t) {
    std::uint64_t& last = last_run_[static_cast<std::size_t>(t)];
    const std::uint64_t own = graph()[graph().thread(t).back()].request.desired;
    if (!all && last == own) continue;
    last = own;
    std::optional<Violation> thrown;
    caught_ = &thrown;
    begin_thread(t);
    const bool ended = guarded(program_.threads[static_cast<std::size_t>(t)]);
    caught_ = nullptr;
    if (unfaithful_.empty() && (!ended || !has_replayed_all(1)))
      unfaithful_ = "thread " + std::to_string(t) + " does not end as in an earlier run of the same choices" +
                    (thrown ? ": " + thrown->message : "");
  }
}

std::optional<Violation> Explorer::run_finally(bool all) {
  std::optional<Violation> found;
  if (all || stale_) replay_threads(all);
  if (!unfaithful_.empty()) return found;
  begin_finally();
  caught_ = &found;
  guarded(program_.finally);
  caught_ = nullptr;
  end_finally();
  return found;
}

// The first execution, and each in which something is wrong, is judged twice: what is not the same then outlives executions.
void Explorer::judge_finally() {
  const auto first = run_finally(false);
  if ((report_.result.counters.complete == 0 || first) && unfaithful_.empty()) {
    const auto text = [](const std::optional<Violation>& v) {
      return v ? "'" + v->message + "'" : std::string("nothing wrong");
    };
    const auto second = run_finally(true);
    if (unfaithful_.empty() && text(first) != text(second))
      unfaithful_ =
          "`finally` finds " + text(first) + ", and " + text(second) +
          " when the threads of the same execution are run again: plain variables keep what an earlier execution left "
          "in them. Set them where the threads begin";
  }
  if (first && unfaithful_.empty()) failed(*first);
}

// Lets every blocked thread go on in a copy of the graph, on the newest values. If none ends or writes, they are stuck.
void Explorer::check_liveness() {
  const int outer = context_;
  const Graph blocked = graph();
  const auto first = first_alternative_;
  use_context(outer + 1);
  edit() = blocked;
  bool stuck = true;
  for (int t = 0; t < graph().threads() && stuck; ++t)
    if (graph()[graph().thread(t).back()].obstacle == Obstacle::retry) stuck = !goes_on(t);
  use_context(outer);
  first_alternative_ = first;
  if (stuck) failed(stuck_violation(graph()));
}

bool Explorer::goes_on(int t) {
  edit().unblock(t);
  last_run_[static_cast<std::size_t>(t)] = 0;
  cleared_ = -1;
  begin_thread(t);
  extra_passes_ = 4;
  const bool ended = guarded(program_.threads[static_cast<std::size_t>(t)]);
  const bool stuck = !ended && extra_passes_ == 1;
  extra_passes_ = 0;
  return !stuck;
}

void Explorer::fruitless_retry(LoopHead head, Location where) {
  if (extra_passes_ > 1 && --extra_passes_ > 1) return;
  Execution::fruitless_retry(head, where);
}

void Explorer::failed(const Violation& violation) {
  if (caught_) return void(*caught_ = violation);
  if (extra_passes_ > 0) {  // whatever it is, the thread goes on; executions that were explored stand for this
    extra_passes_ = 0;
    return;
  }
  dead_ = true;
  Result& r = report_.result;
  if (options_.counts && !options_.counts(violation)) return void(++r.counters.passed_over);
  if (r.counters.violations++ == 0) r.violation = violation;
}

int Explorer::frontier_depth(const Program& program, Options options, std::uint64_t nodes) {
  constexpr int deepest = 100;
  options.shard = {};
  options.progress = {};
  for (int depth = 1; depth < deepest; ++depth) {
    options.deviations = depth - 1;
    const std::uint64_t frontier = Explorer(program, options).run().result.counters.cut;
    if (frontier >= nodes || frontier == 0) return depth;
  }
  return deepest;
}

}  // namespace checker
