// Cycles beside the campaign's one file, each in a folder of its own:
//
//     creation   one process, or two at once, make a file (map_mut with `create`)
//     many       one process has several files open, opens, resizes and closes them
//
// What is found after the kill is a value, SideCycle, and the judgement of it a function of that value alone:
//
//     a file that a killed creation was to make is not there, and can be made; or it is there, whole, and can be opened
//     no other name is left in the folder, where the file system has files without a name (O_TMPFILE)
//     every file that was open is that of a process that died, never an untrusted one; every file that was closed is clean
//
// Thread safety: for a program with one thread. Invariants: REC-2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/layout/prefix.hpp"
#include "kill_reopen/judge.hpp"
#include "kill_reopen/process.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

// A file as it was found, and how far the process had come with it. Texts are empty where nothing is to be said.
struct FoundFile {
  std::vector<Phase> phases;  // of each process that used it
  bool exists = false;
  std::string left;     // as recovery/recover.hpp names it
  std::string refused;  // why it could not be opened, or made if it does not exist
  std::string unsound;  // what is wrong with the arena in it
};

struct SideCycle {
  enum class Kind : std::uint8_t { creation, many } kind = Kind::creation;
  std::vector<FoundFile> files;
  std::vector<std::string> other_names;  // in the folder
  std::vector<std::string> complaints;   // of the processes
  bool killed = false;                   // by the parent, before their end

  // Whether a process had begun to make, open or close a file, and had not come to the end of it.
  bool in_the_middle() const;
  bool two_creators() const { return kind == Kind::creation && files.front().phases.size() == 2; }
};

struct SideSettings {
  std::filesystem::path directory;
  Freelist freelist = Freelist::optimistic;
  Plant plant = Plant::none;
};

SideCycle run_creation(const SideSettings& settings, Random& random);
SideCycle run_many(const SideSettings& settings, Random& random);

Verdict judge(const SideCycle& cycle);

nlohmann::json to_json(const SideCycle& cycle);
SideCycle side_cycle_from(const nlohmann::json& json);

}  // namespace rarena::stress
