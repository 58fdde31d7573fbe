// The scenarios as entries of the checker engine.
#pragma once

#include <vector>

#include "engine.hpp"
#include "models/engine/entry.hpp"

namespace rarena::models::checking {

std::vector<const Entry<Runner>*> all_entries();

}  // namespace rarena::models::checking
