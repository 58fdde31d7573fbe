// All scenarios, for engines that compile them in one place.
//
// Thread safety: constants.
#pragma once

#include "contention.hpp"
#include "cursor.hpp"
#include "durability.hpp"
#include "freelist.hpp"
#include "sizes.hpp"
#include "supply.hpp"

namespace rarena::models {

// Calls visit(list) with the scenarios of each file.
template <class Visit>
void each_scenario_list(Visit visit) {
  visit(CursorScenarios{});
  visit(FreelistScenarios{});
  visit(ContentionScenarios{});
  visit(SizeScenarios{});
  visit(SupplyScenarios{});
  visit(DurabilityScenarios{});
}

}  // namespace rarena::models
