// The JSON that the schedule engine speaks: its catalogue, and the artifact that replays a violation.
//
// Artifact: {"engine":"schedule","scenario","freelist","mutant" ("" for the shipped code),"bytes" (hexadecimal),"invariant",
// "message"}. Thread safety: values only.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "registry.hpp"

namespace rarena::models::schedule {

struct Artifact {
  Names names;
  std::vector<std::uint8_t> bytes;
  std::string message;
};

nlohmann::ordered_json catalogue();
nlohmann::ordered_json to_json(const Artifact& artifact);

// Whether it could be written.
bool write_artifact(const std::string& path, const Artifact& artifact);
// Or a sentence saying what was expected.
std::expected<Artifact, std::string> read_artifact(const std::string& path);

// "free_vs_allocate, freelist pessimistic, mutant own_link_relaxed"
std::string describe(const Names& names);

}  // namespace rarena::models::schedule
