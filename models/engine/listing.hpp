// What an engine's `list` prints: its scenarios and the corpus, as JSON for scripts/verify. The contract is in
// scripts/rarena_lab/contract.py.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "selection.hpp"

namespace rarena::models {

// How an engine looks for a bug of the corpus, and as the violation of which invariant it finds it.
struct Search {
  std::string_view mutant;
  std::string_view invariant;
  std::string_view scheduler;
  unsigned bound = 0;
  std::uint64_t random = 0;                // random schedules or executions, from the first
  std::string_view not_found_reason = {};  // empty: it must be found
};

nlohmann::ordered_json scenario_row(const Info& info, Freelist kind, nlohmann::ordered_json quick, nlohmann::ordered_json full);
nlohmann::ordered_json corpus_row(const Mutant& mutant, const Search& search);

// `effort(info, kind)`: the pair of quick and full efforts. `search(mutant name)`: how to find it.
template <class Runner, class Effort, class SearchOf>
nlohmann::ordered_json listing(std::string_view engine, std::string_view bounds,
                               const std::vector<const Entry<Runner>*>& entries, Effort effort, SearchOf search) {
  auto scenarios = nlohmann::ordered_json::array(), bugs = nlohmann::ordered_json::array();
  for (const auto* e : entries)
    for (const Freelist kind : {Freelist::none, Freelist::optimistic, Freelist::pessimistic})
      if (contains(e->info.kinds, kind)) {
        auto [quick, full] = effort(e->info, kind);
        scenarios.push_back(scenario_row(e->info, kind, std::move(quick), std::move(full)));
      }
  for (const Mutant& m : corpus) bugs.push_back(corpus_row(m, search(m.name)));
  return {{"engine", engine}, {"bounds", bounds}, {"scenarios", scenarios}, {"corpus", bugs}};
}

}  // namespace rarena::models
