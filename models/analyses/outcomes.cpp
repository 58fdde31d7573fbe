#include "outcomes.hpp"

#include "models/checker/rc11/races.hpp"
#include "models/scenario/calls.hpp"

namespace rarena::models::checking {

namespace {

std::uint16_t granules(std::uint64_t bytes) { return static_cast<std::uint16_t>(bytes / granule); }
clients::Granules granules(Extent e) { return {granules(e.offset), granules(e.size)}; }

clients::Granules result(std::uint64_t note) {
  if (note == call_refused) return clients::refused;
  if (note == call_done) return clients::done;
  return granules(decode_extent(note));
}

// The words of a final state.
class Final {
 public:
  Final(const ArenaProgram& arena, const checker::Graph& graph) : arena_(arena), graph_(graph) {}

  std::uint64_t operator()(Place place) const {
    const checker::Cell cell = arena_.cell_of(place);
    const checker::Stamp newest = graph_.newest_write(cell);
    return newest == checker::initial ? arena_.program().cell(cell).initial : graph_[newest].value;
  }
  // Calls visit(descriptor, its link) along a list that the monitor has found to end.
  template <class Visit>
  void each(Place head, Visit visit) const {
    for (Offset d = Link((*this)(head)).next(); d != null_offset;) {
      const Link link((*this)(Geometry::link(d).place));
      visit(d, link);
      d = link.next();
    }
  }

 private:
  const ArenaProgram& arena_;
  const checker::Graph& graph_;
};

}  // namespace

std::string OutcomesAnalysis::outcome_of(const ArenaProgram& arena, const checker::Graph& graph) const {
  clients::OutcomeText outcome;
  for (unsigned t = 0; t < program_.threads.size(); ++t)
    for (unsigned c = 0; c < program_.threads[t].size(); ++c)
      outcome.add(result(checker::final_plain_value(arena.program(), graph, arena.call_book(t, c))));
  const Geometry g = arena.image().geometry();
  const Final final(arena, graph);
  std::uint16_t spare = 0;
  final.each(g.spare_head().place, [&](Offset, Link) { ++spare; });
  outcome.add(granules(final(g.cursor().place)));
  outcome.add(spare);
  outcome.add(granules(final(g.discarded().place)));
  final.each(g.free_head().place, [&](Offset d, Link link) {
    if (!link.marked() && !g.is_boundary(d)) outcome.add(granules(decode_extent(final(Geometry::extent(d).place))));
  });
  return outcome.text();
}

// A call is over before another begins if its last event happens-before the event in front of the other's first.
clients::Before OutcomesAnalysis::order_of_calls(const ArenaProgram& arena, const checker::Graph& graph) const {
  struct Span {
    int thread, begin, end;
  };
  std::vector<Span> spans;
  for (int t = 0; t < graph.threads(); ++t) {
    const auto calls = static_cast<unsigned>(program_.threads[static_cast<std::size_t>(t)].size());
    const auto first = arena.call_book(static_cast<unsigned>(t), 0);
    for (const checker::Access& a : graph.log(t)) {
      if (a.datum < first || a.datum >= first + static_cast<int>(calls)) continue;
      if (a.value == call_begins)
        spans.push_back({t, a.position, a.position});
      else
        spans.back().end = a.position;
    }
  }
  clients::Before before;
  for (std::size_t second = 0; second < spans.size(); ++second) {
    const Span& s = spans[second];
    if (s.begin == 0) continue;
    const checker::Clock& known = graph[graph.at(s.thread, s.begin - 1)].happens_before;
    for (std::size_t first = 0; first < spans.size(); ++first)
      if (spans[first].thread != s.thread && known[spans[first].thread] >= spans[first].end) before.add(first, second);
  }
  return before;
}

auto OutcomesAnalysis::allowed(const clients::Before& before) -> const Allowed& {
  const auto [it, is_new] = allowed_.try_emplace(before);
  if (is_new) {
    it->second.calls = specification_.outcomes(clients::Orders::calls, before);
    if (orders_ == clients::Orders::steps) it->second.steps = specification_.outcomes(clients::Orders::steps, before);
  }
  return it->second;
}

std::string OutcomesAnalysis::wrong_with(const ArenaProgram& arena, const checker::Graph& graph, bool interleaved) {
  const std::string outcome = outcome_of(arena, graph);
  seen_.insert(outcome);
  const Allowed& a = allowed(order_of_calls(arena, graph));
  if (a.calls.contains(outcome)) return "";
  if (a.steps.contains(outcome)) {
    need_steps_.insert(outcome);
    return "";
  }
  if (!interleaved) {
    unexplained_.insert(outcome);
    return "";
  }
  return "FL-4: no order of the specification's steps explains what the calls returned and left: " +
         clients::describe(program_, outcome);
}

std::string OutcomesAnalysis::condition_broken() const {
  const clients::Outcomes calls = specification_.outcomes(clients::Orders::calls);
  for (const std::string& outcome : specification_.outcomes(clients::Orders::quiet).all)
    if (!calls.contains(outcome))
      return "FL-4: with nothing in transit, missed or overtaken, the specification has an outcome that no order of whole "
             "calls has: " +
             clients::describe(program_, outcome);
  return "";
}

}  // namespace rarena::models::checking
