// One job of the checker engine: a scenario, a variant, a mode, a shard.
//
// Thread safety: one at a time per thread of the system.
#pragma once

#include <expected>
#include <string>

#include "models/checker/explore/explorer.hpp"
#include "report.hpp"

namespace rarena::models::checking {

struct RunOptions {
  Names names;
  std::string scheduler = "exhaustive";  // or bound, random
  unsigned bound = 0;                    // bound: the largest number of deviations from the first execution
  std::uint64_t first = 1;               // random: number of the first execution; its draws depend on it and the seed
  std::uint64_t iterations = 10'000;     // random: how many
  std::uint64_t seed = 1;
  unsigned weak_failures = 1;
  std::uint64_t maximum_executions = 0;  // 0: no limit
  unsigned shards = 1, shard = 0;
  std::string artifact;  // where a violation goes; "": nowhere
};

// Or a sentence saying what is wrong with the options.
std::expected<Ending, std::string> run(const RunOptions& options);

// How large the exhaustive run would be, from a sample of so many nodes at every depth of the tree.
std::expected<checker::Estimate, std::string> estimate(const RunOptions& options, std::size_t population);

// Shows the recorded execution step by step, on the present code. Returns whether the violation was reproduced.
std::expected<bool, std::string> replay(const Artifact& artifact);

}  // namespace rarena::models::checking
