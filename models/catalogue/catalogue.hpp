// The catalogue: the scenarios that have names, read from scenarios.json, which is compiled into the program. Every engine,
// analysis and document reads them here, so to add a scenario is to add an entry there.
//
// An entry has `name`; `freelists`, the kinds that it makes sense with; `program` (models/scenario/program.hpp); `expect`, if
// it demands more than the invariants; `about` and `not_shown`; `efforts`, per engine, where the defaults at the top of the
// file do not fit. `expect` has `else`, what is wrong if not, and one of `allocated` (so many allocations succeed),
// `allocated_at_least` and `allocated_by_thread`.
//
// Thread safety: constants. Errors: a file that is wrong throws std::invalid_argument, which says where and what was expected.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "models/scenario/scenario.hpp"

namespace rarena::models {

std::span<const Scenario> scenarios();

// nullptr: no scenario is called so.
const Scenario* scenario_named(std::string_view name);

// How far an engine goes with a scenario: its `quick` and its `full` effort, in the engine's own terms.
nlohmann::ordered_json efforts_of(std::string_view scenario, std::string_view engine);

// The scenarios that a text like scenarios.json has. For tests.
std::vector<Scenario> read_scenarios(std::string_view text);

}  // namespace rarena::models
