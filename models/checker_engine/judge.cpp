#include "judge.hpp"

namespace rarena::models::checking {

Judge::Judge(const ArenaProgram& arena, bool known_format, bool watch, const Expectation& expect)
    : arena_(arena), known_format_(known_format), watch_(watch), expect_(expect), monitor_(*this, arena.image()),
      units_(arena.image().units()) {}

const std::uint64_t* Judge::peek(Place place) const {
  const checker::Cell cell = arena_.cell_of(place);
  return cell == checker::no_cell || !written_[static_cast<std::size_t>(cell)] ? nullptr
                                                                               : &words_[static_cast<std::size_t>(cell)];
}

bool Judge::owned(Extent extent) const {
  for (Offset at = extent.offset; at < extent.end(); at += units_.size)
    if (owners_[units_.number(at)] != 0) return true;
  return false;
}

void Judge::reset_state() {
  const checker::Program& program = arena_.program();
  words_.resize(program.cells.size());
  written_.resize(program.cells.size());
  owners_.resize(program.data.size());
  for (std::size_t i = 0; i < words_.size(); ++i) {
    words_[i] = program.cells[i].initial;
    written_[i] = program.cells[i].written;
  }
  for (std::size_t i = 0; i < owners_.size(); ++i) owners_[i] = program.data[i].initial;
  accesses_.fill(0);
}

void Judge::set_final_state(const checker::Graph& graph) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const checker::Stamp newest = graph.newest_write(static_cast<checker::Cell>(i));
    if (newest == checker::initial) continue;
    words_[i] = graph[newest].value;
    written_[i] = true;
  }
}

// Takes a thread's accesses to payload that lie behind its first `position` events.
void Judge::hand_over(const checker::Graph& graph, int thread, int position) {
  const auto& log = graph.log(thread);
  std::size_t& taken = accesses_[static_cast<std::size_t>(thread)];
  for (; taken < log.size() && log[taken].position <= position; ++taken)
    if (log[taken].writes) owners_[static_cast<std::size_t>(log[taken].datum)] = log[taken].value;
}

const char* Judge::watch_step(const checker::Event& e) {
  const auto cell = static_cast<std::size_t>(e.cell);
  const std::uint64_t before = words_[cell];
  words_[cell] = e.value;
  written_[cell] = true;
  return monitor_.after_write(ArenaProgram::site(e.request.label), arena_.place_of(e.cell), before, e.value);
}

const char* Judge::watch_steps(const checker::Graph& graph) {
  for (const checker::Stamp s : interleaving_.order()) {
    const checker::Event& e = graph[s];
    hand_over(graph, e.thread, e.index);
    if (e.kind != checker::Kind::write) continue;
    if (const char* wrong = watch_step(e)) return wrong;
  }
  return nullptr;
}

checker::Judgement Judge::operator()(const checker::Graph& graph) {
  const Outcome outcome = arena_.outcome(graph);
  const char* wrong = nullptr;
  const bool interleaved = interleaving_.compute(graph);
  if (known_format_) {
    reset_state();
    if (watch_ && interleaved) wrong = watch_steps(graph);
    set_final_state(graph);
    if (!wrong) wrong = monitor_.at_end(arena_.image(), outcome);
  }
  if (!wrong) wrong = expect_.wrong(outcome);
  return {wrong ? wrong : "", interleaved};
}

}  // namespace rarena::models::checking
