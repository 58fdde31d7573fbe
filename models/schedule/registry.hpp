// The scenarios as programs of the scheduler.
//
// Thread safety: constants.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "simulator.hpp"

namespace rarena::models::schedule {

std::vector<const Entry<Runner>*> all_entries();

// Or a sentence saying what is unknown.
std::expected<Job, std::string> resolve(const Names& names);

}  // namespace rarena::models::schedule
