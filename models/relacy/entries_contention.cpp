#include "models/scenarios/contention.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const RelacyEntry> contention_entries() {
  static const auto all = entries<RelacyEngine>(ContentionScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
