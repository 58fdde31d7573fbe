// The choices of the explorer: the newest option now, the others as alternatives, and backward revisits.
#include "explorer.hpp"
#include "liveness.hpp"
#include "models/checker/rc11/consistency.hpp"
#include "revisit.hpp"

namespace checker {

void Explorer::push(Alternative::Kind kind, Stamp event, int argument, Stamp reader, bool spurious) {
  alternatives().push_back({kind, spurious, event, static_cast<Stamp>(argument), reader, {}});
}

void Explorer::choose_source(Stamp read, int lowest) {
  const Event& e = graph()[read];
  const Cell cell = e.cell;
  edit()[read].source = graph().newest_write(cell);
  if (extra_passes_ > 0) return;
  const int top = graph().last_place(cell);
  for (int place = lowest; place < top; ++place) push(Alternative::Kind::source, read, graph().write_at(cell, place));
  if (e.request.operation == Operation::compare_weak && weak_failures() < limits_.weak_failures)
    for (int place = lowest; place <= top; ++place) {
      const Stamp source = graph().write_at(cell, place);
      if (value_of(program_, graph(), cell, source) == e.request.operand)
        push(Alternative::Kind::source, read, source, no_event, true);
    }
}

// Last in coherence; the other places are alternatives.
void Explorer::place_above(Stamp write, int lowest, Stamp reader) {
  const Cell cell = graph()[write].cell;
  const int top = graph().last_place(cell) + 1;
  for (int place = lowest + 1; place < top; ++place)
    if (!graph().bound_at(cell, place)) push(Alternative::Kind::place, write, place, reader);
  edit().place(write, top);
}

void Explorer::choose_place(Stamp write, int lowest) {
  leave_if_extra();
  place_above(write, lowest, no_event);
  push_revisits(write, write);
}

void Explorer::place_update(Stamp write) {
  if (extra_passes_ > 0 && restores(graph(), write)) {
    edit().place(write, graph().last_place(graph()[write].cell) + 1);
    return;
  }
  leave_if_extra();
  place_update_or_clash(write);
}

// In an extra pass a write that changes something means that the thread goes on.
void Explorer::leave_if_extra() {
  if (extra_passes_ == 0) return;
  extra_passes_ = 0;
  leave();
}

// false: the source has another update already; the graph is given up, but for revisits that resolve the clash: those that drop
// the other update, or are of its read.
bool Explorer::place_update_or_clash(Stamp write) {
  const Event& e = graph()[write];
  const int place = graph().place_of(graph().predecessor(e)->source) + 1;
  if (!graph().bound_at(e.cell, place)) {
    edit().place(write, place);
    push_revisits(write, write);
    return true;
  }
  const Event& other = graph()[graph().write_at(e.cell, place)];
  const Stamp other_read = graph().at(other.thread, other.index - 1);
  edit().place(write, place);
  if (!graph()[other_read].in(graph()[write].prefix)) push_revisits(write, other_read);
  ++report_.result.counters.moot;
  return false;
}

void Explorer::push_revisits(Stamp write, Stamp newest) {
  each_revisit(graph(), write, newest, [&](Stamp read) { push(Alternative::Kind::revisit, write, read); });
}

unsigned Explorer::choose_option(Stamp choice, unsigned options) {
  if (extra_passes_ > 0) return 0;
  for (unsigned i = 1; i < options; ++i) push(Alternative::Kind::option, choice, static_cast<int>(i));
  return 0;
}

bool Explorer::take(const Alternative& a) {
  Graph& g = edit();
  switch (a.kind) {
    case Alternative::Kind::source:
      g[a.event].source = a.argument;
      g[a.event].spurious = a.spurious;
      return resume_read(a.event);
    case Alternative::Kind::place:
      g.unplace(a.event);
      g.place(a.event, a.argument);
      if (a.reader == no_event) return consistent();
      g[a.reader].spurious = a.spurious;
      return resume_read(a.reader);
    case Alternative::Kind::revisit: return open_revisit(a.event, a.argument);
    case Alternative::Kind::option: g[a.event].value = static_cast<std::uint64_t>(a.argument); return true;
  }
  return false;
}

bool Explorer::consistent() {
  if (!seq_cst_used_ || order_.holds(graph())) return true;
  ++report_.result.counters.inconsistent;
  return false;
}

// A read whose source was chosen anew. false: nothing to explore there.
bool Explorer::resume_read(Stamp read) {
  settle_read(program_, edit(), read);
  if (!is_written(read)) {
    failed({.fault = Fault::unwritten,
            .message = message(),
            .thread = graph()[read].thread,
            .where = graph()[read].request.where,
            .graph = graph()});
    return false;
  }
  if (!consistent()) return false;
  const Stamp write = add_update(read);
  return write == no_event || (place_update_or_clash(write) && consistent());
}

// A context with {stamp <= read} u prefix(write) u {write}, where the read takes its value from the write.
bool Explorer::open_revisit(Stamp old_write, Stamp old_read) {
  ++report_.result.counters.revisits;
  const Graph& whole = graph();
  use_context(context_ + 1);
  alternatives().clear();
  first_alternative_ = 0;
  Graph& g = edit();
  g.restrict_to(whole, old_read, old_write, renamed_);
  const Stamp write = renamed_[static_cast<std::size_t>(old_write)], read = renamed_[static_cast<std::size_t>(old_read)];
  Event& r = g[read];
  r.source = write;
  r.spurious = false;
  // The read is not in its own view, so its own source does not bind it.
  const int known_to_read = lowest_place(g, r);
  if (g[write].updates) {
    const int place = g.place_of(g.predecessor(g[write])->source) + 1;
    if (place <= known_to_read) {
      ++report_.result.counters.inconsistent;
      return false;
    }
    g.place(write, place);
  } else {
    place_above(write, std::max(known_to_read, lowest_place(g, g[write])), read);
  }
  push_weak_failures(write, read);
  return resume_read(read);
}

// A weak compare-exchange that would succeed at the write may also fail, wherever that lies.
void Explorer::push_weak_failures(Stamp write, Stamp read) {
  const Event &w = graph()[write], &r = graph()[read];
  if (r.request.operation != Operation::compare_weak || w.value != r.request.operand) return;
  if (weak_failures() >= limits_.weak_failures) return;
  std::vector<int> places = {w.place};
  for (const Alternative& a : alternatives()) places.push_back(a.argument);
  for (const int place : places) push(Alternative::Kind::place, write, place, read, true);
}

}  // namespace checker
