// All client programs of a start and a size on the checker, each against the specification (outcomes.hpp): nobody
// thought of them.
//
// Thread safety: one at a time per thread of the system.
#pragma once

#include <expected>
#include <string>

#include "models/clients/generate.hpp"
#include "models/engine/engine.hpp"

namespace rarena::models::checking {

struct GeneratedOptions {
  std::string start = "list", freelist = {}, bug = {};
  unsigned threads = 2;
  unsigned calls = 2;          // of all threads together
  bool whole_calls = false;    // demand that some order of whole calls explains every outcome, which is not promised
  double maximum_seconds = 0;  // 0: no limit. A program that it cuts short counts as cut
  Bounds bounds = {.scheduler = "exhaustive"};  // weak failures, executions per program, shards
};

// Which violation was found is the last program's. Or a sentence saying what is wrong with the options. Prints lines of
// progress.
struct GeneratedEnding {
  Ending ending;
  std::optional<Job> job = {};  // violation: of which program
};
std::expected<GeneratedEnding, std::string> run_generated(const GeneratedOptions& options);

}  // namespace rarena::models::checking
