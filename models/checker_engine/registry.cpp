#include "registry.hpp"

#include "models/engine/all_entries.hpp"

namespace rarena::models::checking {

std::vector<const Entry<Runner>*> all_entries() { return entries_of_all_scenarios<CheckerEngine>(); }

}  // namespace rarena::models::checking
