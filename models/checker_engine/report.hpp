// The JSON that the checker engine speaks: its catalogue, results, shards, and the artifact that replays a violation.
//
// Artifact: {"engine":"checker","scenario","freelist","mutant" ("" for the shipped code),"weak_failures","kind","invariant",
// "message","halting": {"thread","before"} or null,"crash": {"mode","defect","page"} or null,
// "execution": a recording (models/checker/report/recording.hpp)}.
// Thread safety: values only.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "models/checker/explore/shard.hpp"
#include "models/checker/report/recording.hpp"
#include "models/engine/selection.hpp"
#include "registry.hpp"

namespace rarena::models::checking {

nlohmann::ordered_json catalogue();

// The rows of the ledger: name, access, orders, partners, reason; the mutants that weaken it, and why none is killed if so.
nlohmann::ordered_json ledger_catalogue();

// The ID of the invariant that a violation is of.
std::string invariant_of(const checker::Violation& violation);

// Who dies, with which planted defect of recovery ("" for none), and how many bytes of the file get to the disk together.
struct CrashNames {
  std::string mode;
  std::string defect;
  Size page = 8;
};
// Or a sentence saying what is wrong with them.
std::expected<Crash, std::string> crash_of(const CrashNames& names);

// What a run or a merge prints. `sharded`: the part of the tree is in it, for a merge.
struct Ending {
  checker::ShardReport report;
  unsigned weak_failures = 1;
  std::string job;       // what was checked; shards of different jobs do not merge
  std::string message;   // besides the violation's
  std::string artifact;  // path, or ""
  std::optional<crash::Counters> crash = {};
};
nlohmann::ordered_json to_json(const Ending& ending);
std::expected<Ending, std::string> read_shard(const std::string& path);

// Which thread halts, and after how many steps.
struct HaltingPoint {
  unsigned thread = 0;
  unsigned before = 0;
};

struct Artifact {
  Names names;
  std::optional<HaltingPoint> halting = {};
  std::optional<CrashNames> crash = {};
  unsigned weak_failures = 1;
  checker::Recording execution;
};
nlohmann::ordered_json to_json(const Artifact& artifact, const checker::Violation& violation);
std::expected<Artifact, std::string> read_artifact(const std::string& path);

}  // namespace rarena::models::checking
