#include "models/scenarios/contention.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const Entry> contention_entries() {
  static const auto all = entries(ContentionScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
