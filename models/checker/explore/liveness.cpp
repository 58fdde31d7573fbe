#include "liveness.hpp"

namespace checker {

namespace {

// Everything above the source only restores its value.
bool is_newest(const Graph& g, const Event& read) {
  for (int place = g.last_place(read.cell); place > g.place_of(read.source); --place)
    if (!restores(g, g.write_at(read.cell, place))) return false;
  return true;
}

bool is_stuck(const Graph& g, const Event& block) {
  if (block.obstacle != Obstacle::retry && block.obstacle != Obstacle::await) return false;
  return reads_only_the_newest(g, block.thread, static_cast<int>(block.request.operand), block.index);
}

}  // namespace

bool reads_only_the_newest(const Graph& g, int thread, int begin, int end) {
  for (int i = begin; i < end; ++i) {
    const Event& e = g[g.at(thread, i)];
    if (e.kind == Kind::choice) return false;
    if (e.kind == Kind::read && (e.spurious || !is_newest(g, e))) return false;
  }
  return true;
}

bool all_suspected_stuck(const Graph& g) {
  bool any = false;
  for (int t = 0; t < g.threads(); ++t) {
    if (g.length(t) == 0) return false;
    const Event& last = g[g.thread(t).back()];
    if (last.kind == Kind::end) continue;
    if (last.kind != Kind::block || !is_stuck(g, last)) return false;
    any = true;
  }
  return any;
}

Violation stuck_violation(const Graph& g) {
  const Event* first = nullptr;
  for (int t = 0; t < g.threads(); ++t) {
    const Event& last = g[g.thread(t).back()];
    if (last.kind == Kind::block && (!first || last.obstacle == Obstacle::retry)) first = &last;
  }
  const bool retries = first->obstacle == Obstacle::retry;
  return {.fault = retries ? Fault::livelock : Fault::deadlock,
          .message = retries ? "a retry loop goes round for ever on the newest values, and nobody is left to change them"
                             : "what a thread waits for has not come, and nobody is left to bring it",
          .thread = first->thread,
          .where = first->request.where,
          .graph = g};
}

}  // namespace checker
