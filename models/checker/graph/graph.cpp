#include "graph.hpp"

namespace checker {

void Graph::reset(int threads, int cells) {
  events_.clear();
  threads_.resize(static_cast<std::size_t>(threads));
  logs_.resize(static_cast<std::size_t>(threads));
  coherence_.resize(static_cast<std::size_t>(cells));
  accesses_.resize(static_cast<std::size_t>(cells));
  for (auto* lists : {&threads_, &coherence_, &accesses_})
    for (auto& list : *lists) list.clear();
  for (auto& log : logs_) log.clear();
}

Stamp Graph::add(int thread, Kind kind, Cell cell, Request request) {
  const auto stamp = static_cast<Stamp>(size());
  Event& e = events_.emplace_back();
  auto& own = threads_[static_cast<std::size_t>(thread)];
  e.thread = static_cast<std::uint8_t>(thread);
  e.kind = kind;
  e.cell = cell;
  e.request = request;
  e.index = static_cast<std::int16_t>(own.size());
  own.push_back(stamp);
  if (cell != no_cell) accesses_[static_cast<std::size_t>(cell)].push_back(stamp);
  return stamp;
}

void Graph::renumber(Cell c, int from) {
  const auto& order = coherence(c);
  for (int place = from; place <= last_place(c); ++place)
    (*this)[order[static_cast<std::size_t>(place - 1)]].place = static_cast<std::int16_t>(place);
}

void Graph::place(Stamp write, int place) {
  const Cell c = (*this)[write].cell;
  auto& order = coherence_[static_cast<std::size_t>(c)];
  order.insert(order.begin() + (place - 1), write);
  renumber(c, place);
}

void Graph::unplace(Stamp write) {
  const Event& e = (*this)[write];
  const int place = e.place;
  auto& order = coherence_[static_cast<std::size_t>(e.cell)];
  order.erase(order.begin() + (place - 1));
  renumber(e.cell, place);
}

void Graph::cut(int count) {
  while (size() > count) {
    const Event& e = events_.back();
    forget_from(e.thread, e.index);
    threads_[e.thread].pop_back();
    if (e.cell != no_cell) {
      accesses_[static_cast<std::size_t>(e.cell)].pop_back();
      if (e.kind == Kind::write) unplace(static_cast<Stamp>(size() - 1));
    }
    events_.pop_back();
  }
  if (count > 0) forget_from(events_.back().thread, events_.back().index + 1);
}

void Graph::forget_from(int thread, int position) {
  auto& log = logs_[static_cast<std::size_t>(thread)];
  while (!log.empty() && log.back().position >= position) log.pop_back();
}

void Graph::restrict_to(const Graph& whole, Stamp newest, Stamp write, std::vector<Stamp>& renamed) {
  reset(whole.threads(), whole.cells());
  const Clock& prefix = whole[write].prefix;
  renamed.assign(static_cast<std::size_t>(whole.size()), no_event);
  for (Stamp s = 0; s <= write; ++s) {
    const Event& e = whole[s];
    if (s > newest && !e.in(prefix)) continue;
    const auto copy = static_cast<Stamp>(size());
    renamed[static_cast<std::size_t>(s)] = copy;
    events_.push_back(e);
    threads_[e.thread].push_back(copy);
    if (e.cell != no_cell) accesses_[static_cast<std::size_t>(e.cell)].push_back(copy);
  }
  for (Event& e : events_)  // a read that was revisited is older than its source
    if (e.source >= 0) e.source = renamed[static_cast<std::size_t>(e.source)];
  for (Cell c = 0; c < cells(); ++c) {
    auto& order = coherence_[static_cast<std::size_t>(c)];
    for (const Stamp s : whole.coherence(c)) {
      const Stamp copy = renamed[static_cast<std::size_t>(s)];
      if (copy == no_event || s == write) continue;
      order.push_back(copy);
      (*this)[copy].place = static_cast<std::int16_t>(order.size());
    }
  }
  for (int t = 0; t < threads(); ++t)
    for (const Access& a : whole.log(t))
      if (a.position < length(t)) log(t).push_back(a);
}

}  // namespace checker
