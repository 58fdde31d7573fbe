// Judge: what must hold of a complete execution. Its final state satisfies the invariants, and so does every state on the way,
// along one interleaving of it. An execution that no interleaving explains is judged by its final state.
//
// Thread safety: one judge per check. Invariants: SEG-1, SEG-2, FL-1 to FL-4, CUR-1 (models/scenario/monitor.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "arena_program.hpp"
#include "models/checker/graph/interleaving.hpp"
#include "models/scenario/monitor.hpp"

namespace rarena::models::checking {

class Judge {
 public:
  // `known_format`: the freelist is the one that the monitor knows. `watch`: the states on the way count.
  Judge(const ArenaProgram& arena, bool known_format, bool watch, const Expectation& expect);
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  // What is wrong begins with the ID of an invariant.
  checker::Judgement operator()(const checker::Graph& graph);

  // The state that the monitor looks at.
  const std::uint64_t* peek(Place place) const;
  bool owned(Extent extent) const;

 private:
  void reset_state();
  void set_final_state(const checker::Graph& graph);
  const char* watch_steps(const checker::Graph& graph);  // along the interleaving
  const char* watch_step(const checker::Event& event);
  void hand_over(const checker::Graph& graph, int thread, int position);

  const ArenaProgram& arena_;
  bool known_format_, watch_;
  const Expectation& expect_;
  Monitor<Judge> monitor_;
  Units units_;
  checker::Interleaving interleaving_;
  std::vector<std::uint64_t> words_;
  std::vector<bool> written_;
  std::vector<std::uint64_t> owners_;                             // per unit
  std::array<std::size_t, checker::maximum_threads> accesses_{};  // per thread: taken from its log
};

}  // namespace rarena::models::checking
