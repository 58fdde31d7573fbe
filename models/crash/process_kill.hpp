// ProcessKill: the process dies at any moment of an execution. Every consistent cut is a memory, which the same boot of the
// machine still has; and what the threads owned at that moment must be kept. What is lost, which nobody has and no list names,
// is no more than what the calls under way may hold (Mark::may_lose).
//
// Thread safety: one thread. Invariants: REC-2, REC-3.
#pragma once

#include <array>
#include <functional>
#include <unordered_map>
#include <vector>

#include "analysis.hpp"
#include "reopening.hpp"

namespace rarena::models::crash {

class ProcessKill {
 public:
  // `observe` is shown each file, and which of its units must be kept.
  using Observe = std::function<void(const Bytes& file, std::uint64_t kept)>;
  ProcessKill(const Image& image, unsigned slab, Defect defect, Observe observe = [](const Bytes&, std::uint64_t) {});

  std::string operator()(History history);
  Counters counters() const;

 private:
  class Walk;
  Lost lost_parts(std::uint64_t units);

  Bytes start_;
  Geometry geometry_;
  Units units_;
  std::array<std::uint64_t, maximum_threads> owned_{};  // units, at the start
  std::uint64_t pinned_ = 0;
  Lost stopped_ = {0, 0};  // what threads hold that stopped before, and what is no thread's
  Reopening reopening_;
  Observe observe_;
  Counters counters_;
  std::vector<std::uint64_t> descriptors_;                           // units of each that the image has
  std::unordered_map<Fingerprint, Lost, Fingerprint::Hash> judged_;  // with what is lost
};

static_assert(Analysis<ProcessKill>);

}  // namespace rarena::models::crash
