#include "judge.hpp"

namespace rarena::models::checking {

Judge::Judge(const ArenaProgram& arena, bool known_format, bool watch, Expect expect)
    : arena_(arena), known_format_(known_format), watch_(watch), expect_(expect),
      monitor_(*this, arena.image().geometry(), arena.image().kind()) {}

const std::uint64_t* Judge::peek(Place place) const {
  const checker::Cell cell = arena_.cell_of(place);
  return cell == checker::no_cell || !written_[static_cast<std::size_t>(cell)] ? nullptr
                                                                               : &words_[static_cast<std::size_t>(cell)];
}

bool Judge::owned(Extent extent) const {
  for (Offset at = extent.offset; at < extent.end(); at += granule)
    if (owners_[at / granule] != 0) return true;
  return false;
}

void Judge::set_final_state(const checker::Graph& graph) {
  const checker::Program& program = arena_.program();
  words_.resize(program.cells.size());
  written_.resize(program.cells.size());
  for (std::size_t i = 0; i < program.cells.size(); ++i) {
    const checker::Stamp newest = graph.newest_write(static_cast<checker::Cell>(i));
    written_[i] = newest != checker::initial || program.cells[i].written;
    words_[i] = newest == checker::initial ? program.cells[i].initial : graph[newest].value;
  }
}

std::string Judge::operator()(const checker::Graph& graph) {
  const Outcome outcome = arena_.outcome(graph);
  if (known_format_) {
    set_final_state(graph);
    if (const char* wrong = monitor_.at_end(arena_.image(), outcome)) return wrong;
  }
  const char* wrong = expect_(outcome);
  return wrong ? wrong : "";
}

}  // namespace rarena::models::checking
