#include "models/scenarios/freelist.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const Entry> freelist_entries() {
  static const auto all = entries(FreelistScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
