// One job of the checker engine: a scenario, a variant, a mode, a shard.
//
// Thread safety: one at a time per thread of the system.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "halting_store.hpp"
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
  std::optional<CrashNames> crash = {};  // the process or the machine may die at any moment
  std::string artifact;                  // where a violation goes; "": nowhere
};

checker::Explorer::Options explorer_options(const RunOptions& options);

// Whether the violation is in the file that the options name now.
bool write_artifact(const RunOptions& options, const checker::Program& program, const checker::Violation& violation,
                    std::optional<HaltingPoint> halting = {});

// Or a sentence saying what is wrong with the options. A scenario may be the text of a client program.
std::expected<Ending, std::string> run(const RunOptions& options);

// What becomes of a scenario when any one of its threads stops for ever, before any of its steps.
struct HaltingEnding {
  CallSteps longest = {};  // own steps of a call, by call_names
  unsigned points = 0;     // where a thread was stopped
  std::uint64_t executions = 0;
  bool complete = true;  // every execution of every point was seen; else those up to the maximum, or within the bound
  double seconds = 0;
  std::optional<HaltingPoint> at = {};  // where the others did not come to their ends
  std::optional<checker::Violation> violation = {};
  std::string artifact = {};  // path, or ""
};
nlohmann::ordered_json to_json(const HaltingEnding& ending);

// Stops each thread everywhere, one thread in one place at a time. `options.maximum_executions` is for each place. Or a
// sentence saying what is wrong with the options.
std::expected<HaltingEnding, std::string> run_halting(const RunOptions& options);

// How large the exhaustive run would be, from a sample of so many nodes at every depth of the tree.
std::expected<checker::Estimate, std::string> estimate(const RunOptions& options, std::size_t population);

// Shows the recorded execution step by step, on the present code. Returns whether the violation was reproduced.
std::expected<bool, std::string> replay(const Artifact& artifact);

}  // namespace rarena::models::checking
