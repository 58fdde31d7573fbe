#include "models/scenarios/durability.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const RelacyEntry> durability_entries() {
  static const auto all = entries<RelacyEngine>(DurabilityScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
