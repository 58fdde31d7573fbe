#include "listing.hpp"

namespace rarena::models {

using nlohmann::ordered_json;

ordered_json scenario_row(const Info& info, Freelist kind, ordered_json quick, ordered_json full) {
  return {{"scenario", info.name},     {"freelist", name(kind)},  {"threads", info.threads},    {"about", info.about},
          {"quick", std::move(quick)}, {"full", std::move(full)}, {"not_shown", info.not_shown}};
}

ordered_json corpus_row(const Mutant& m, const Search& search) {
  return {{"name", m.name},
          {"about", m.about},
          {"scenario", m.scenario},
          {"freelist", name(m.kind)},
          {"scheduler", search.scheduler},
          {"bound", search.bound},
          {"first", 1},
          {"iterations", search.random},
          {"invariant", search.invariant},
          {"expect", search.not_found_reason.empty() ? "violation" : "not_found"},
          {"not_found_reason", search.not_found_reason}};
}

}  // namespace rarena::models
