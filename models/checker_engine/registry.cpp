#include "registry.hpp"

#include "models/scenarios/contention.hpp"
#include "models/scenarios/cursor.hpp"
#include "models/scenarios/freelist.hpp"
#include "models/scenarios/sizes.hpp"
#include "models/scenarios/supply.hpp"

namespace rarena::models::checking {

namespace {

template <class List>
void append(std::vector<const Entry<Runner>*>& all) {
  static const auto part = entries<CheckerEngine>(List{});
  for (const auto& e : part) all.push_back(&e);
}

}  // namespace

std::vector<const Entry<Runner>*> all_entries() {
  std::vector<const Entry<Runner>*> all;
  append<CursorScenarios>(all);
  append<FreelistScenarios>(all);
  append<ContentionScenarios>(all);
  append<SizeScenarios>(all);
  append<SupplyScenarios>(all);
  return all;
}

}  // namespace rarena::models::checking
