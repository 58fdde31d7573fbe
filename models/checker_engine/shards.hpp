// Shards: parts of an exhaustive run as JSON, and what they are together.
//
// Thread safety: values only.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/checker/explore/shard.hpp"
#include "models/engine/engine.hpp"

namespace rarena::models::checking {

nlohmann::ordered_json to_json(const checker::Counters& counters);
// Which part of the tree a report is of. `job`: what was checked; shards of different jobs do not merge.
nlohmann::ordered_json shard_of(const checker::ShardReport& report, const std::string& job);

// What the reports of shards, files that `run --report` wrote, say together: incomplete unless they cover the tree. Or what
// is wrong with a file.
std::expected<Ending, std::string> merge_shards(const std::vector<std::string>& paths);

// For tests: a report as it was before it became JSON.
struct ShardFile {
  checker::ShardReport report;
  std::string job, message, finding;
  unsigned weak_failures = 1;
};
std::expected<ShardFile, std::string> read_shard(const std::string& path);

}  // namespace rarena::models::checking
