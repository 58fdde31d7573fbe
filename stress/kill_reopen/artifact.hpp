// The artifact of a violation: a folder with everything that a judgement needs, so that it can be made again anywhere.
//
//     cycle.json                   what was violated, the seed, the options, the role of the child
//     before.arena, after.arena    the file before the cycle and as the dead child left it
//     before.log, after.log        the log at these moments
//
// Of a cycle beside, cycle.json has all that was found.
//
// Thread safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <variant>

#include "kill_reopen/judge.hpp"
#include "kill_reopen/sides.hpp"

namespace rarena::stress {

struct Artifact {
  Violation violation;
  std::variant<Evidence, SideCycle> evidence;
  std::string found_by;  // the command line's part that makes such a run again
};

// Throw std::runtime_error, and what nlohmann::json throws.
void write_artifact(const std::filesystem::path& folder, const Artifact& artifact);
Artifact read_artifact(const std::filesystem::path& folder);

// What judging the artifact's evidence again finds: of the file as the child left it, and as it is after an opening for
// writing, which is made with a copy.
Verdict judge_again(const Artifact& artifact, const std::filesystem::path& scratch);

}  // namespace rarena::stress
