// The campaign: one file, one log, and one child after the other, each judged before the next one starts.
// Now and then, and with planted bugs of them mostly, a cycle beside it (sides.hpp).
//
// Thread safety: for a program with one thread. Invariants: as judge.hpp, reopen.hpp and sides.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "kill_reopen/artifact.hpp"
#include "kill_reopen/process.hpp"
#include "kill_reopen/report.hpp"
#include "kill_reopen/shared_memory.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

struct Settings {
  std::uint64_t seed = 1;
  std::uint64_t cycles = 50;  // at least one of these three ends the campaign
  std::uint64_t kills = 0;    // 0: as many as there are
  double seconds = 0;         // 0: as long as it takes
  unsigned threads = 8;
  Freelist freelist = Freelist::optimistic;
  Size capacity = 32 * 1024;
  bool damages = true;  // now and then the lists of a file whose seal is overwritten are damaged too
  Plant plant = Plant::none;
  std::filesystem::path directory;
};

class Campaign {
 public:
  // Throws std::runtime_error if the file cannot be made.
  explicit Campaign(const Settings& settings);
  ~Campaign();
  Campaign(const Campaign&) = delete;
  Campaign& operator=(const Campaign&) = delete;

  // To its end, or to the first violation. Throws std::runtime_error and std::system_error where it cannot go on.
  std::optional<Artifact> run();

  const Tallies& tallies() const { return tallies_; }
  double seconds() const;

 private:
  bool over() const;
  ChildTask next_task();
  Kill next_kill(const ChildTask& task);
  // A whole cycle of the one file; what it violated.
  std::optional<Artifact> cycle();
  std::optional<Violation> judge_ending(const Ending& ending) const;
  // Perhaps the parent opens the file now.
  Verdict follow_up(const std::vector<LiveSegment>& live);
  Verdict reopen_by_parent(const std::vector<LiveSegment>& live);
  void choose_position();
  void choose_capacity();
  std::optional<Artifact> side_cycle();
  std::string command_line() const;
  void break_seal();
  Artifact artifact_of(const Violation& violation, const Evidence& evidence) const;

  Settings settings_;
  Random random_;
  std::filesystem::path path_;
  std::chrono::steady_clock::time_point started_;
  std::unique_ptr<SharedMemory> shared_;
  Tallies tallies_;
  unsigned openings_to_kill_ = 0;  // children that only open, before the parent does
  ProgressLine progress_;
};

}  // namespace rarena::stress
