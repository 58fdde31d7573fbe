// Backward revisits: which earlier reads a new write may be read by, so that every execution is generated exactly once.
//
// A new write w may be read by an earlier read r of its cell outside prefix(w). The graph then becomes {stamp <= r} u
// prefix(w), and that is explored if r and every event this drops was added maximally, judged by what remains.
//
// Source: TruSt (POPL 2022), with the read and the write of a read-modify-write as two events. Thread safety: functions of a
// graph.
#pragma once

#include "models/checker/graph/graph.hpp"

namespace checker {

// Was the event added maximally: a read from the coherence-latest write, a write coherence-last and unread, a choice at its
// first option? Judged by the events up to it and prefix(write); `write` itself does not count, its place is open. Depends on
// the event and `write` only, so one scan finds all revisits.
bool is_maximal(const Graph& g, Stamp event, Stamp write);

// Calls revisit(r) for every read that the write may revisit, from the newest down, none newer than `newest`.
template <class Revisit>
void each_revisit(const Graph& g, Stamp write, Stamp newest, Revisit revisit) {
  for (Stamp s = static_cast<Stamp>(write - 1); s >= 0; --s) {
    const Event& e = g[s];
    if (e.in(g[write].prefix)) continue;
    if (!is_maximal(g, s, write)) return;  // every older revisit would drop it, too
    if (e.kind == Kind::read && e.cell == g[write].cell && s <= newest) revisit(s);
  }
}

}  // namespace checker
