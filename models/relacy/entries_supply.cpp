#include "models/scenarios/supply.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const Entry> supply_entries() {
  static const auto all = entries(SupplyScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
