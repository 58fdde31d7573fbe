#include "models/scenarios/cursor.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

std::span<const Entry> cursor_entries() {
  static const auto all = entries(CursorScenarios{});
  return all;
}

}  // namespace rarena::models::relacy
