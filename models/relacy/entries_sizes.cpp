#include "models/scenarios/sizes.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const RelacyEntry> size_entries() {
  static const auto all = entries<RelacyEngine>(SizeScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
