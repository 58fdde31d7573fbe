// Every scenario as an entry of an engine.
//
// Thread safety: constants.
#pragma once

#include <vector>

#include "entry.hpp"
#include "models/scenarios/all.hpp"

namespace rarena::models {

template <class Engine>
std::vector<const Entry<typename Engine::Runner>*> entries_of_all_scenarios() {
  std::vector<const Entry<typename Engine::Runner>*> all;
  each_scenario_list([&](auto list) {
    static const auto part = entries<Engine>(list);
    for (const auto& entry : part) all.push_back(&entry);
  });
  return all;
}

}  // namespace rarena::models
