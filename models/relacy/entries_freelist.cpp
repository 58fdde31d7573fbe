#include "models/scenarios/freelist.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const RelacyEntry> freelist_entries() {
  static const auto all = entries<RelacyEngine>(FreelistScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
