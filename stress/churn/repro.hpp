// Runs what an artifact says again, each time in a process of its own: a violation ends its process.
//
// Thread safety: for a program with one thread.
#pragma once

#include <filesystem>

namespace rarena::stress {

// Exit status of churn repro: 0 the same invariant was violated again, 1 not within so many attempts. Throws what
// nlohmann::json throws, std::runtime_error and std::system_error.
int repro(const std::filesystem::path& artifact, unsigned attempts);

}  // namespace rarena::stress
