// The scenarios as client programs: a scenario's threads run once, with a client that writes down what they call.
//
// Every allocation succeeds there, so what a thread would do behind a refused one is not seen; no scenario has such a branch
// but the free of what was allocated, and that is left out by the program too.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "program.hpp"

namespace rarena::models::clients {

// nullopt: no scenario has this name.
std::optional<ClientProgram> program_of_scenario(std::string_view name, Freelist kind);

}  // namespace rarena::models::clients
