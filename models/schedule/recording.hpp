// What replays an execution of the schedule engine: its bytes, as a text of hexadecimal digits among a finding's attachments.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "models/engine/finding.hpp"

namespace rarena::models::schedule {

nlohmann::ordered_json recording_of(std::span<const std::uint8_t> bytes);
// Or a sentence saying what was expected.
std::expected<std::vector<std::uint8_t>, std::string> bytes_of(const nlohmann::ordered_json& attachments);

// The violation that a message of the simulator tells of.
inline Violation violation_of(const std::string& message) { return {invariant_in(message), invariant_in(message), message}; }

}  // namespace rarena::models::schedule
