// Whether a recording is an execution of RC11: it is built once more from its own words, no program asked.
#include <stdexcept>

#include "models/checker/rc11/consistency.hpp"
#include "models/checker/rc11/races.hpp"
#include "models/checker/rc11/sequential_consistency.hpp"
#include "recording.hpp"

namespace checker {

namespace {

class Builder {
 public:
  explicit Builder(const Recording& recording) : recording_(recording) {}

  void build() {
    check_names();
    for (const auto& cell : recording_.cells) program_.cells.push_back({.initial = cell.initial, .name = cell.name});
    for (const auto& datum : recording_.data) program_.data.push_back({.initial = datum.initial, .name = datum.name});
    graph_.reset(threads(), static_cast<int>(program_.cells.size()));
    for (bool any = true; any;) {
      any = false;
      for (int t = 0; t < threads(); ++t) any |= advance(t);
    }
    for (int t = 0; t < threads(); ++t)
      if (graph_.length(t) < length(t))
        refuse({t, graph_.length(t)}, "a source that does not depend on the read",
               describe(recording_, event(t, graph_.length(t))) + ", a cycle of program order and reads-from");
    if (!SequentialConsistency{}.holds(graph_))
      throw std::invalid_argument("recording: expected an order of the seq_cst accesses and fences, found a cycle");
  }

 private:
  int threads() const { return static_cast<int>(recording_.threads.size()); }
  const RecordedThread& thread(int t) const { return recording_.threads[static_cast<std::size_t>(t)]; }
  int length(int t) const { return static_cast<int>(thread(t).events.size()); }
  const RecordedEvent& event(int t, int i) const { return thread(t).events[static_cast<std::size_t>(i)]; }
  bool is_write_to(const EventName& n, Cell c) const {
    return n.thread >= 0 && n.thread < threads() && n.index < length(n.thread) &&
           event(n.thread, n.index).kind == Kind::write && event(n.thread, n.index).cell == c;
  }
  const std::string& cell_name(Cell c) const { return recording_.cells[static_cast<std::size_t>(c)].name; }
  const std::vector<EventName>& coherence(Cell c) const { return recording_.coherence[static_cast<std::size_t>(c)]; }

  [[noreturn]] static void refuse(EventName at, const std::string& expected, const std::string& found) {
    throw std::invalid_argument("recording, thread " + std::to_string(at.thread) + ", event " + std::to_string(at.index) +
                                ": expected " + expected + ", found " + found);
  }

  // Everything that has a name is there.
  void check_names() const {
    if (recording_.threads.empty() || threads() > maximum_threads)
      throw std::invalid_argument("recording: expected 1 to " + std::to_string(maximum_threads) + " threads, found " +
                                  std::to_string(threads()));
    if (recording_.coherence.size() != recording_.cells.size())
      throw std::invalid_argument("recording: expected a coherence order for each of " +
                                  std::to_string(recording_.cells.size()) + " cells, found " +
                                  std::to_string(recording_.coherence.size()));
    if (recording_.violation && recording_.violation->thread >= threads())
      throw std::invalid_argument("recording, violation: expected one of " + std::to_string(threads()) + " threads, found " +
                                  std::to_string(recording_.violation->thread));
    for (int t = 0; t < threads(); ++t) {
      for (int i = 0; i < length(t); ++i) check_event({t, i}, event(t, i));
      check_accesses(t);
    }
    for (Cell c = 0; c < static_cast<Cell>(recording_.cells.size()); ++c)
      for (std::size_t i = 0; i < coherence(c).size(); ++i) check_listed(c, i);
  }

  void check_event(EventName name, const RecordedEvent& e) const {
    const bool accesses = e.kind == Kind::read || e.kind == Kind::write;
    if (accesses && static_cast<std::size_t>(e.cell) >= recording_.cells.size())
      refuse(name, "one of " + std::to_string(recording_.cells.size()) + " cells", std::to_string(e.cell));
    if ((e.kind == Kind::end || e.kind == Kind::block) && name.index + 1 < length(name.thread))
      refuse(name, "an event that others can follow", describe(recording_, e));
    if (e.kind == Kind::read) check_read(name, e);
    if (e.kind != Kind::write) return;
    const bool follows_update =
        name.index > 0 && event(name.thread, name.index - 1).kind == Kind::read && event(name.thread, name.index - 1).updates;
    if (e.updates && !follows_update) refuse(name, "an update only behind a read that succeeds", describe(recording_, e));
    int listed = 0;
    for (const EventName& n : coherence(e.cell)) listed += n == name;
    if (listed != 1)
      refuse(name, "its store once in the coherence order of " + cell_name(e.cell), std::to_string(listed) + " times");
  }

  void check_read(EventName name, const RecordedEvent& e) const {
    if (!e.source.is_initial() && !is_write_to(e.source, e.cell))
      refuse(name, "a store to " + cell_name(e.cell) + " as source", to_text(e.source));
    if (e.spurious && e.operation != Operation::compare_weak)
      refuse(name, "only a weak compare-exchange to fail spuriously", describe(recording_, e));
    if (!e.updates) return;
    const EventName next = {name.thread, name.index + 1};
    if (!is_write_to(next, e.cell) || !event(next.thread, next.index).updates)
      refuse(name, "the update as the next event",
             next.index < length(next.thread) ? describe(recording_, event(next.thread, next.index)) : "none");
  }

  void check_accesses(int t) const {
    int position = 0;
    for (const RecordedAccess& a : thread(t).accesses) {
      if (static_cast<std::size_t>(a.datum) >= recording_.data.size())
        refuse({t, a.position}, "one of " + std::to_string(recording_.data.size()) + " data", std::to_string(a.datum));
      if (a.position < position || a.position > length(t))
        refuse({t, a.position}, "accesses to plain data in program order", describe(recording_, a));
      position = a.position;
    }
  }

  void check_listed(Cell c, std::size_t i) const {
    const EventName& n = coherence(c)[i];
    if (!is_write_to(n, c))
      throw std::invalid_argument("recording, coherence of cell " + std::to_string(c) + ", store " + std::to_string(i) +
                                  ": expected a store to " + cell_name(c) + ", found " + to_text(n));
  }

  // Adds what a thread has whose sources are there. Returns whether there was anything.
  bool advance(int t) {
    const int before = graph_.length(t);
    add_accesses(t);
    while (graph_.length(t) < length(t) && is_there(event(t, graph_.length(t)).source)) {
      add_event(t);
      add_accesses(t);
    }
    return graph_.length(t) > before;
  }
  bool is_there(const EventName& n) const { return n.is_initial() || n.index < graph_.length(n.thread); }

  void add_event(int t) {
    const EventName name = {t, graph_.length(t)};
    const RecordedEvent& e = event(t, name.index);
    const RecordedEvent& asked = e.kind == Kind::write && e.updates ? event(t, name.index - 1) : e;
    const Request request{.operation = asked.operation,
                          .order = asked.order,
                          .failure = asked.failure,
                          .operand = asked.operand,
                          .desired = asked.desired,
                          .mask = asked.mask};
    const Stamp s = graph_.add(t, e.kind, e.cell, request);
    if (e.kind == Kind::read) return settle_source(name, e, s);
    if (e.kind == Kind::fence) return settle_fence(graph_, s);
    inherit(graph_, s);
    if (e.kind == Kind::write) settle_place(name, e, s);
  }

  void settle_source(EventName name, const RecordedEvent& e, Stamp s) {
    const Stamp source = e.source.is_initial() ? initial : graph_.at(e.source.thread, e.source.index);
    const int lowest = lowest_place(graph_, graph_[s]);
    if (graph_.place_of(source) < lowest)
      refuse(name, "a source not older than " + name_at(e.cell, lowest) + ", which it knows", describe(recording_, e));
    graph_[s].source = source;
    graph_[s].spurious = e.spurious;
    settle_read(program_, graph_, s);
    const Event& settled = graph_[s];
    if (settled.value != e.value)
      refuse(name, "the value of its source, " + to_hexadecimal(settled.value), describe(recording_, e));
    if (settled.updates != e.updates || (e.spurious && e.value != e.operand))
      refuse(name, settled.updates ? "success" : "failure for the value read", describe(recording_, e));
  }

  void settle_place(EventName name, const RecordedEvent& e, Stamp s) {
    Event& write = graph_[s];
    write.updates = e.updates;
    write.value = e.value;
    settle_message(graph_, s);
    int place = 1;
    for (const EventName& n : coherence(e.cell)) {
      if (n == name) break;
      place += is_there(n);
    }
    const int lowest = lowest_place(graph_, write);
    if (place <= lowest)
      refuse(name, "a place in the coherence order behind " + name_at(e.cell, lowest) + ", which it knows",
             describe(recording_, e));
    if (e.updates) {
      const Event& read = *graph_.predecessor(write);
      if (place != graph_.place_of(read.source) + 1)
        refuse(name, "a place directly behind its source", describe(recording_, e));
      if (e.value != updated_value(read))
        refuse(name, "the value " + to_hexadecimal(updated_value(read)), describe(recording_, e));
    }
    if (graph_.bound_at(e.cell, place)) refuse(name, "a place not between an update and its source", describe(recording_, e));
    graph_.place(s, place);
  }

  std::string name_at(Cell c, int place) const {
    const Stamp s = graph_.write_at(c, place);
    return s == initial ? "the initial value" : to_text(EventName{graph_[s].thread, graph_[s].index});
  }

  // Those behind the last event of the thread.
  void add_accesses(int t) {
    const auto& all = thread(t).accesses;
    for (auto& log = graph_.log(t); log.size() < all.size() && all[log.size()].position == graph_.length(t);) {
      const RecordedAccess& a = all[log.size()];
      const EventName name = {t, a.position};
      if (const auto race = find_race(graph_, t, a.position, a.datum, a.writes))
        refuse(name, "no data race with thread " + std::to_string(race->thread), describe(recording_, a));
      const std::uint64_t before = plain_value(program_, graph_, t, a.position, a.datum);
      if (a.writes ? a.before != 0 && a.before != before : a.value != before)
        refuse(name, "the value last written, " + to_hexadecimal(before), describe(recording_, a));
      log.push_back({a.value, a.before, {}, a.datum, static_cast<std::int16_t>(a.position), a.writes, a.label});
    }
  }

  const Recording& recording_;
  Program program_;
  Graph graph_;
};

}  // namespace

void validate(const Recording& recording) { Builder(recording).build(); }

}  // namespace checker
