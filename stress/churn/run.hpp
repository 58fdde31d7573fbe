// Run: workers on one arena, in rounds. Between two rounds nobody is at work, and one worker judges:
//
//     SEG-1, FL-2     every live segment is as it was painted
//     SEG-1, SEG-2    the oracle, with exactly these segments live: conservation to the byte
//     FL-1            the oracle: the freelist is in order
//     FL-4            a request as large as the largest free segment is granted
//
// and again after a rebuild, which ends the run, and a round after which much of the arena counts as discarded.
//
// Thread safety: for one thread. Invariants: SEG-1, SEG-2, FL-1, FL-2, FL-4, PRG-1 (checked).
#pragma once

#include <array>
#include <barrier>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "churn/ending.hpp"
#include "churn/stacks.hpp"
#include "churn/target.hpp"
#include "churn/worker.hpp"

namespace rarena::stress {

struct Summary {
  std::uint64_t operations = 0;
  double seconds = 0;
  std::array<std::uint64_t, phases> rounds = {};  // by phase
  std::uint64_t rebuilds = 0, probes = 0;
  Done tally;
};

class Run {
 public:
  // Throws std::runtime_error if the arena cannot be made. The settings outlive it.
  explicit Run(const Settings& settings);

  // To its end; a violation ends the process (Ending).
  Summary run();

  const Ending& ending() const { return ending_; }

 private:
  void work(unsigned index);
  void next_round();
  void judge(bool last);
  void check(std::span<const Held> held, std::span<const Extent> live) const;
  void probe();
  void rebuild(std::span<const Extent> live);
  std::vector<Held> held() const;

  const Settings& settings_;
  std::vector<Beat> beats_;
  std::vector<Frames> frames_;
  Ending ending_;
  std::unique_ptr<Target> target_;
  Exchange exchange_;
  std::vector<Worker> workers_;
  std::barrier<> barrier_;

  // Of the round that is to come, or under way: written by the judge while the others wait.
  Phase phase_ = Phase::mixed;
  std::uint64_t steps_ = 0, planned_ = 0, round_ = 0;
  bool over_ = false;

  Summary summary_;
};

}  // namespace rarena::stress
