#include "interleaving.hpp"

namespace checker {

void Interleaving::reset(const Graph& g) {
  const auto events = static_cast<std::size_t>(g.size()), cells = static_cast<std::size_t>(g.cells());
  order_.clear();
  order_.reserve(events);
  next_.fill(0);
  places_.assign(cells, 0);
  readers_.assign(events + cells, 0);
  for (int i = 0; i < g.size(); ++i) {
    const Event& e = g[static_cast<Stamp>(i)];
    if (e.kind == Kind::read) ++readers_of(g, e.cell, e.source);
  }
}

bool Interleaving::compute(const Graph& g) {
  reset(g);
  const auto events = static_cast<std::size_t>(g.size());
  for (int thread = 0;;) {
    while (step(g, thread)) {
    }
    if (order_.size() == events) return true;
    thread = 0;
    while (thread < g.threads() && !step(g, thread)) ++thread;
    if (thread == g.threads()) break;
  }
  order_.clear();
  return false;
}

// Takes the thread's next step, unless something else must come first.
bool Interleaving::step(const Graph& g, int thread) {
  const int next = next_[static_cast<std::size_t>(thread)];
  if (next == g.length(thread)) return false;
  const Event& e = g[g.at(thread, next)];
  if (e.kind == Kind::read) return step_read(g, e);
  if (e.kind == Kind::write) return step_write(g, e);
  take(g, thread);
  return true;
}

bool Interleaving::step_read(const Graph& g, const Event& read) {
  std::int16_t& place = place_of(read.cell);
  if (place != g.place_of(read.source)) return false;
  std::int16_t& readers = readers_of(g, read.cell, read.source);
  const bool updates = read.updates && read.index + 1 < g.length(read.thread);  // a violation can end a thread in between
  if (updates && (readers != 1 || g[g.at(read.thread, read.index + 1)].place != place + 1)) return false;
  --readers;
  take(g, read.thread);
  if (!updates) return true;
  ++place;
  take(g, read.thread);
  return true;
}

bool Interleaving::step_write(const Graph& g, const Event& write) {
  std::int16_t& place = place_of(write.cell);
  if (write.place != place + 1 || readers_of(g, write.cell, g.write_at(write.cell, place)) != 0) return false;
  ++place;
  take(g, write.thread);
  return true;
}

}  // namespace checker
