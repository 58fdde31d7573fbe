// Ending: how a run ends that does not come to its own end. Writes the one artifact, says how to run it again, and ends the
// process, whatever the other threads are doing: they may be stuck, or about to crash.
//
// An artifact is a JSON object: engine, invariant, message, settings, operations, seconds, stacks.
//
// Thread safety: any number of threads; the first one ends the process, the others wait for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "churn/beat.hpp"
#include "churn/settings.hpp"
#include "shared/status.hpp"

namespace rarena::stress {

class Ending {
 public:
  // The beats outlive it.
  Ending(const Settings& settings, std::span<const Beat> beats);

  // `message` begins with the ID of an invariant and a colon. Exit status: violated; held with a bug, which was to be found.
  [[noreturn]] void violation(const std::string& message, const std::vector<std::string>& stacks = {}) const;

  std::uint64_t operations() const;
  double seconds() const;

 private:
  std::filesystem::path write_artifact(const std::string& invariant, const std::string& message,
                                       const std::vector<std::string>& stacks) const;

  const Settings& settings_;
  std::span<const Beat> beats_;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace rarena::stress
