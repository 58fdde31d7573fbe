#include "races.hpp"

namespace checker {

namespace {

// What happens-before an access behind the first `position` events of a thread. Its own entry is `position`.
Clock view_at(const Graph& g, int thread, int position) {
  return position == 0 ? Clock{} : g[g.at(thread, position - 1)].happens_before;
}

bool is_before(int thread, const Access& a, int other_thread, const Clock& view) {
  return thread == other_thread || a.position < view[thread];
}

}  // namespace

std::optional<Race> find_race(const Graph& g, int thread, int position, Cell datum, bool writes) {
  const Clock view = view_at(g, thread, position);
  for (int t = 0; t < g.threads(); ++t) {
    if (t == thread) continue;
    for (const Access& a : g.log(t))
      if (a.datum == datum && (writes || a.writes) && !is_before(t, a, thread, view)) return Race{t, a};
  }
  return std::nullopt;
}

namespace {

// The last write to the datum among those that `known` admits.
template <class Known>
std::uint64_t last_value(const Program& p, const Graph& g, Cell datum, Known known) {
  const Access* last = nullptr;
  int last_thread = 0;
  for (int t = 0; t < g.threads(); ++t) {
    for (const Access& a : g.log(t)) {
      if (a.datum != datum || !a.writes || !known(t, a)) continue;
      if (last && !is_before(last_thread, *last, t, view_at(g, t, a.position))) continue;
      last = &a;
      last_thread = t;
    }
  }
  return last ? last->value : p.datum(datum).initial;
}

}  // namespace

std::uint64_t plain_value(const Program& p, const Graph& g, int thread, int position, Cell datum) {
  const Clock view = view_at(g, thread, position);
  return last_value(p, g, datum, [&](int t, const Access& a) { return is_before(t, a, thread, view); });
}

std::uint64_t final_plain_value(const Program& p, const Graph& g, Cell datum) {
  return last_value(p, g, datum, [](int, const Access&) { return true; });
}

}  // namespace checker
