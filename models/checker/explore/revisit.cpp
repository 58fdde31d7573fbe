#include "revisit.hpp"

namespace checker {

namespace {

// An older read took the value of this write: it came with a revisit.
bool read_by_an_older(const Graph& g, Stamp write) {
  for (const Stamp s : g.accesses(g[write].cell)) {
    if (s > write) return false;
    if (g[s].kind == Kind::read && g[s].source == write) return true;
  }
  return false;
}

}  // namespace

bool is_maximal(const Graph& g, Stamp event, Stamp write) {
  const Event& e = g[event];
  if (e.kind == Kind::choice) return e.value == 0;
  if (e.kind != Kind::read && e.kind != Kind::write) return true;
  if (e.spurious) return false;
  if (e.kind == Kind::write && read_by_an_older(g, event)) return false;
  const int place = e.kind == Kind::write ? e.place : g.place_of(e.source);
  for (int above = g.last_place(e.cell); above > place; --above) {
    const Stamp s = g.write_at(e.cell, above);
    if (s != write && (s < event || g[s].in(g[write].prefix))) return false;
  }
  return true;
}

}  // namespace checker
