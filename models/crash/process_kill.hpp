// ProcessKill: the process dies at any moment of an execution. Every consistent cut is a memory, which the same boot of the
// machine still has; and what the threads owned at that moment must be kept.
//
// Thread safety: one thread. Invariants: REC-2, REC-3.
#pragma once

#include <array>
#include <functional>
#include <unordered_set>

#include "analysis.hpp"
#include "reopening.hpp"

namespace rarena::models::crash {

class ProcessKill {
 public:
  // `observe` is shown each file, and which of its granules must be kept.
  using Observe = std::function<void(const Bytes& file, std::uint64_t kept)>;
  ProcessKill(const Image& image, unsigned slab, Defect defect, Observe observe = [](const Bytes&, std::uint64_t) {});

  std::string operator()(History history);
  Counters counters() const;

 private:
  class Walk;

  Bytes start_;
  Geometry geometry_;
  std::array<std::uint64_t, maximum_threads> owned_{};  // granules, at the start
  std::uint64_t pinned_ = 0;
  Reopening reopening_;
  Observe observe_;
  Counters counters_;
  std::unordered_set<Fingerprint, Fingerprint::Hash> judged_;
};

static_assert(Analysis<ProcessKill>);

}  // namespace rarena::models::crash
