// The JSON that the Relacy engine speaks: its catalogue, results, and the artifact that replays a violation.
//
// Artifact: {"engine":"relacy","scenario","freelist","mutant" ("" for the shipped code),"scheduler":"bound"|"random",
// "bound","state","kind","invariant","message"}. Thread safety: values only.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/engine/selection.hpp"
#include "registry.hpp"

namespace rarena::models::relacy {

// A job with its names resolved.
struct NamedJob {
  const RelacyEntry* entry = nullptr;
  Job job;
};

std::vector<const RelacyEntry*> all_entries();

// Or a sentence saying what is unknown.
std::expected<NamedJob, std::string> resolve(const Names& names, const std::string& scheduler);

nlohmann::ordered_json catalogue();
nlohmann::ordered_json to_json(const Result& result, const std::string& artifact);
nlohmann::ordered_json make_artifact(const NamedJob& named, const Result& result);

// Reads an artifact file into a job that replays it, and the fault it claims.
struct Replay {
  NamedJob job;
  std::string kind;
};
std::expected<Replay, std::string> read_artifact(const std::string& path);

}  // namespace rarena::models::relacy
