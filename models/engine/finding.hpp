// Finding: one violation, with all that replays it. Every engine writes this one format, and `replay`, `shrink` and `promote`
// read it:
//
//     {"rarena_finding": 1, "engine": "checker", "version": "0.1.0",
//      "analysis": "executions", "scenario": NAME or the text of a program, "freelist": KIND, "bug": "" or a known bug,
//      "options": {the analysis' own}, "bounds": {how far the run goes},
//      "violation": {"kind", "invariant", "message"}, "suspects": [TEXT...],
//      "attachments": {what the engine needs to replay it}}
//
// Thread safety: values. Errors: sentences that say what was expected and found.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "job.hpp"

namespace rarena::models {

struct Violation {
  std::string kind;       // in the engine's words
  std::string invariant;  // its ID
  std::string message;    // begins with the ID where the project's own code says it

  friend bool operator==(const Violation&, const Violation&) = default;
};

// "SEG-1: ..." -> "SEG-1"
inline std::string invariant_in(const std::string& message) { return message.substr(0, message.find(':')); }

struct Finding {
  std::string engine;
  Names names;
  AnalysisSpec analysis;
  Bounds bounds;
  Violation violation;
  std::vector<std::string> suspects;   // reads that the violation may come from, by the sites of the ledger
  nlohmann::ordered_json attachments;  // the engine's
};

nlohmann::ordered_json to_json(const Finding& finding);
std::expected<Finding, std::string> finding_of(const nlohmann::ordered_json& json);

std::expected<void, std::string> write_finding(const std::string& path, const Finding& finding);
// The file's, if it is one of this engine.
std::expected<Finding, std::string> read_finding(const std::string& path, std::string_view engine);

}  // namespace rarena::models
