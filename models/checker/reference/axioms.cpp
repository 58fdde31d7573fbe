// The axioms of RC11. Thread safety: functions of their arguments.
#include "models/checker/reference/axioms.hpp"

namespace checker::reference {
namespace {

bool is_fence(const Event& event) { return event.operation == Operation::fence; }
bool is_atomic_access(const Event& event) { return event.reads || (event.writes && !is_plain(event.operation)); }
bool is_atomic_write(const Event& event) { return event.writes && !is_plain(event.operation); }
bool is_atomic_read(const Event& event) { return event.reads; }
bool is_rmw(const Event& event) { return event.reads && event.writes; }
bool is_seq_cst(const Event& event) { return event.order == Order::seq_cst; }
bool releases(const Event& event) { return is_release(event.order); }
bool acquires(const Event& event) { return is_acquire(event.order); }

}  // namespace

Relations::Relations(const ExecutionGraph& graph) {
  for (std::uint8_t location = 0; location < atomic_locations; ++location)
    events_.push_back({.operation = Operation::store, .location = location, .writes = true});
  for (const auto& thread : graph.threads) {
    first_.push_back(events_.size());
    events_.insert(events_.end(), thread.begin(), thread.end());
  }
  add_base_relations(graph);
  hb_ = (po_ | synchronizes_with()).closure();
  eco_ = (rf_ | mo_ | fr_).closure();
}

void Relations::add_base_relations(const ExecutionGraph& graph) {
  const std::size_t count = events_.size();
  for (std::size_t initial = 0; initial < atomic_locations; ++initial)
    for (std::size_t event = atomic_locations; event < count; ++event) po_.add(initial, event);
  for (std::uint8_t t = 0; t < graph.threads.size(); ++t)
    for (std::uint8_t i = 0; i < graph.threads[t].size(); ++i) {
      for (std::uint8_t later = i + 1; later < graph.threads[t].size(); ++later) po_.add(node({t, i}), node({t, later}));
      if (graph.threads[t][i].reads) rf_.add(node(graph.threads[t][i].source), node({t, i}));
    }
  for (std::uint8_t location = 0; location < atomic_locations; ++location) {
    const auto& order = graph.coherence[location];
    for (std::size_t i = 0; i < order.size(); ++i) {
      mo_.add(location, node(order[i]));
      for (std::size_t later = i + 1; later < order.size(); ++later) mo_.add(node(order[i]), node(order[later]));
    }
  }
  const Relation reads_before = rf_.inverse() * mo_;
  fr_ = Relation::where(count, [&](std::size_t a, std::size_t b) { return a != b && reads_before.has(a, b); });
  same_location_ = Relation::where(count, [&](std::size_t a, std::size_t b) {
    return is_atomic_access(events_[a]) && is_atomic_access(events_[b]) && events_[a].location == events_[b].location;
  });
}

// sw = [release]; ([F]; po)?; [W]; (rf; [RMW])*; rf; [R]; (po; [F])?; [acquire]
Relation Relations::synchronizes_with() const {
  const Relation fences = on(is_fence);
  const Relation sequence = on(is_atomic_write) * (rf_ * on(is_rmw)).closure().optional();
  const Relation from = on(releases) * (fences * po_).optional();
  const Relation to = on(is_atomic_read) * (po_ * fences).optional() * on(acquires);
  return from * sequence * rf_ * to;
}

// Coherence is that hb; eco? is irreflexive. Of an RMW this is also demanded of the edge from its read to its write, which
// is within one event here: hence eco.
bool Relations::consistent() const {
  return atomic() && (po_ | rf_).acyclic() && (hb_ * eco_.optional()).irreflexive() && eco_.irreflexive() && psc_acyclic();
}

// No write between an RMW and its source.
bool Relations::atomic() const { return (fr_ * mo_).irreflexive(); }

// Accesses of the plain location are ordered by happens-before in a program without races: of them, psc needs only po and hb.
bool Relations::psc_acyclic() const {
  const std::size_t count = events_.size();
  const Relation sc = on(is_seq_cst);
  const Relation sc_fences = on([](const Event& event) { return is_fence(event) && is_seq_cst(event); });
  const Relation po_elsewhere =
      Relation::where(count, [&](std::size_t a, std::size_t b) { return po_.has(a, b) && !same_location_.has(a, b); });
  const Relation scb = po_ | po_elsewhere * hb_ * po_elsewhere | (hb_ & same_location_) | mo_ | fr_;
  const Relation base = (sc | sc_fences * hb_.optional()) * scb * (sc | hb_.optional() * sc_fences);
  const Relation fence = sc_fences * (hb_ | hb_ * eco_ * hb_) * sc_fences;
  return (base | fence).acyclic();
}

bool Relations::racy() const {
  for (std::size_t a = 0; a < events_.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (is_plain(events_[a].operation) && is_plain(events_[b].operation) && (events_[a].writes || events_[b].writes) &&
          !hb_.has(a, b) && !hb_.has(b, a))
        return true;
  return false;
}

}  // namespace checker::reference
