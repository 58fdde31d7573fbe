#include "models/scenarios/cursor.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const RelacyEntry> cursor_entries() {
  static const auto all = entries<RelacyEngine>(CursorScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
