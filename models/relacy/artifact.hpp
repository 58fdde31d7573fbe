// The JSON that the Relacy engine speaks: its catalogue, results, and the artifact that replays a violation.
//
// Artifact: {"engine":"relacy","scenario","freelist","mutant" ("" for the shipped code),"scheduler":"bound"|"random",
// "bound","state","kind","invariant","message"}. Thread safety: values only.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "registry.hpp"

namespace rarena::models::relacy {

// A job with its names resolved, or a sentence saying what is unknown.
struct NamedJob {
  const Entry* entry = nullptr;
  Job job;
};

std::vector<const Entry*> all_entries();
const Mutant* find_mutant(std::string_view wanted);
std::string_view name(Freelist kind);

std::expected<NamedJob, std::string> resolve(const std::string& scenario, const std::string& freelist,
                                             const std::string& mutant, const std::string& scheduler);

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
