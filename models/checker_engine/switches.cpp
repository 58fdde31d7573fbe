#include "switches.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "models/checker/graph/interleaving.hpp"
#include "models/checker/report/trace.hpp"

namespace rarena::models::checking {

namespace {

using checker::Event;
using checker::Graph;
using checker::Kind;
using checker::Stamp;

class Search {
 public:
  Search(const Graph& g, bool interleaved) : g_(g), interleaved_(interleaved) {
    readers_.resize(static_cast<std::size_t>(g.size() + g.cells()));
    for (int i = 0; i < g.size(); ++i)
      if (const Event& e = g[static_cast<Stamp>(i)]; e.kind == Kind::read) ++readers_[slot(e.cell, e.source)];
  }

  StepOrder run() {
    State state;
    state.places.resize(static_cast<std::size_t>(g_.cells()));
    state.readers = readers_;
    for (int t = 0; t < g_.threads(); ++t) go_on(state, t);
    best_->interleaved = interleaved_;
    return *best_;
  }

 private:
  struct State {
    std::array<int, checker::maximum_threads> taken{};
    std::vector<int> places;   // per cell: of the newest store
    std::vector<int> readers;  // per store, by slot(): those to come
    StepOrder order;
    std::size_t events = 0;
  };

  // With more nodes than this, the best so far: only programs of many threads have them.
  static constexpr unsigned most_nodes = 20'000;

  std::size_t slot(checker::Cell cell, Stamp write) const {
    return static_cast<std::size_t>(write == checker::initial ? g_.size() + cell : write);
  }
  // A copy goes on with the thread for as long as it can, then with each of the others.
  void go_on(State state, int thread) {
    if (++nodes_ > most_nodes && best_) return;
    const std::size_t before = state.events;
    while (step(state, thread)) {
    }
    if (state.events == before) return;
    if (state.events == static_cast<std::size_t>(g_.size())) {
      if (!best_ || state.order < *best_) best_ = std::move(state.order);
      return;
    }
    ++state.order.switches;
    if (best_ && best_->switches < state.order.switches) return;
    for (int t = 0; t < g_.threads(); ++t)
      if (t != thread) go_on(state, t);
  }

  bool step(State& state, int thread) const {
    int& taken = state.taken[static_cast<std::size_t>(thread)];
    if (taken == g_.length(thread)) return false;
    const Stamp s = g_.at(thread, taken);
    const Event& e = g_[s];
    if (e.kind == Kind::read ? !read(state, e) : e.kind == Kind::write && !write(state, e)) return false;
    state.order.steps.push_back(s);
    const bool pair = e.kind == Kind::read && updates(e);
    taken += pair ? 2 : 1;
    state.events += pair ? 2 : 1;
    return true;
  }
  // A violation can end a thread between the two halves.
  bool updates(const Event& read) const { return read.updates && read.index + 1 < g_.length(read.thread); }
  bool is_taken(const State& state, Stamp write) const {
    return write == checker::initial || g_[write].index < state.taken[g_[write].thread];
  }
  bool read(State& state, const Event& e) const {
    int& newest = state.places[static_cast<std::size_t>(e.cell)];
    int& readers = state.readers[slot(e.cell, e.source)];
    const int source = g_.place_of(e.source), own = updates(e) ? g_[g_.at(e.thread, e.index + 1)].place : 0;
    if (interleaved_ && (source != newest || (own != 0 && (readers != 1 || own != newest + 1)))) return false;
    if (!is_taken(state, e.source)) return false;
    --readers;
    state.order.old_reads += source < newest;
    newest = std::max(newest, own);
    return true;
  }
  bool write(State& state, const Event& e) const {
    int& newest = state.places[static_cast<std::size_t>(e.cell)];
    if (interleaved_ && (e.place != newest + 1 || state.readers[slot(e.cell, g_.write_at(e.cell, newest))] != 0)) return false;
    newest = std::max(newest, int{e.place});
    return true;
  }

  const Graph& g_;
  bool interleaved_;
  std::vector<int> readers_;
  std::optional<StepOrder> best_;
  unsigned nodes_ = 0;
};

}  // namespace

StepOrder fewest_switches(const Graph& graph) { return Search(graph, checker::Interleaving().compute(graph)).run(); }

std::string describe(const Graph& graph, const StepOrder& order) {
  std::string text;
  for (std::size_t i = 0; i < order.steps.size();) {
    const int thread = graph[order.steps[i]].thread;
    std::size_t last = i;
    while (last + 1 < order.steps.size() && graph[order.steps[last + 1]].thread == thread) ++last;
    const std::string from = checker::step_name(graph, order.steps[i]), to = checker::step_name(graph, order.steps[last]);
    text += fmt::format("{}thread {}: {}", text.empty() ? "" : "; ", thread, from == to ? from : from + " to " + to);
    i = last + 1;
  }
  return text;
}

}  // namespace rarena::models::checking
