// Campaign: workers in processes of their own, a reader beside them, and kills; in the end what the file says is judged.
//
// Thread safety: for a program with one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sharing/settings.hpp"

namespace rarena::stress {

// The slowest calls of one stretch of time, in nanoseconds: until they came back, and what they have computed.
struct Stretch {
  std::uint64_t slowest = 0, slowest_processor = 0;
};

struct Campaign {
  std::optional<std::string> violation;
  std::uint64_t operations = 0, refused = 0, openings = 0, kills = 0;
  std::vector<Stretch> calm, with_kills;
  std::string ending;  // how the file was found in the end
};

// Throws std::system_error, and std::runtime_error if the last opening fails.
Campaign run_campaign(const SharingSettings& settings);

}  // namespace rarena::stress
