// How large an exploration is, before it is done.
//
// Level by level through the tree of executions: all nodes of a level are expanded, of their children a sample goes on, and
// each counts for its share of them all. Unbiased; on trees as uneven as these it scatters far less than single descents do.
//
// Source: Rubinstein, "Stochastic enumeration method for counting NP-hard problems", 2013, after Knuth, "Estimating the
// efficiency of backtrack programs", 1975.
#include <random>

#include "explorer.hpp"

namespace checker {

Estimate Explorer::estimate(std::uint64_t seed, std::size_t population) {
  const Running running(*this);
  std::mt19937_64 random(seed);
  const Counters& counters = report_.result.counters;
  Estimate sum;
  double weight = 1;  // of a node of the level
  const auto count = [&](const Counters& before) {
    sum.complete += weight * static_cast<double>(counters.complete - before.complete);
    sum.executions += weight * static_cast<double>(counters.executions() - before.executions());
  };
  reset();
  count({});
  std::vector<Child> level;
  add_children(level);
  while (!level.empty() && !stopped()) {
    if (level.size() > population) {
      weight *= static_cast<double>(level.size()) / static_cast<double>(population);
      for (std::size_t i = 0; i < population; ++i) std::swap(level[i], level[i + random() % (level.size() - i)]);
      level.resize(population);
    }
    std::vector<Child> below;
    const Counters before = counters;
    for (const Child& child : level) {
      expand(child);
      add_children(below);
    }
    count(before);
    level = std::move(below);
  }
  return sum;
}

void Explorer::expand(const Child& child) {
  use_context(0);
  edit() = *child.graph;
  alternatives().assign(1, child.alternative);
  next();
}

// The children of the node that ran last, with the graph that they are alternatives of.
void Explorer::add_children(std::vector<Child>& children) {
  const auto& all = alternatives();
  if (all.size() == first_alternative_) return;
  const auto shared = std::make_shared<const Graph>(graph());
  for (std::size_t i = first_alternative_; i < all.size(); ++i) children.push_back({shared, all[i]});
}

}  // namespace checker
