#include "models/scenarios/supply.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const RelacyEntry> supply_entries() {
  static const auto all = entries<RelacyEngine>(SupplyScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
