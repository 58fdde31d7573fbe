// What a run of long_runs leaves that violates something, and how it is run again.
//
// An artifact is a JSON object: engine, invariant, message, settings, seed, numbers. `invariant` is what was violated first:
// an ID, or the name of a limit.
//
// Thread safety: for a program with one thread.
#pragma once

#include <filesystem>
#include <string>

#include "long_runs/runs.hpp"
#include "shared/status.hpp"

namespace rarena::stress {

// What a violation's text begins with.
std::string violated_by(const std::string& violation);

// Prints the violations, and leaves the artifact unless there is one already. Throws std::runtime_error if it cannot be
// written.
void report(const Settings& settings, const Outcome& outcome, bool leave_artifact);

// Exit status of long_runs repro: held if the same is violated again, violated if not within so many attempts. Throws what
// nlohmann::json throws, and std::runtime_error.
int repro(const std::filesystem::path& artifact, unsigned attempts);

}  // namespace rarena::stress
