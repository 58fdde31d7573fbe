// Load: one thread's seeded requests, which hold the live bytes at a target, and its books of what is live. The same requests
// come to an arena and to BestFit, as long as both grant them.
//
// Thread safety: one thread per load.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/layout/extent.hpp"
#include "long_runs/mix.hpp"
#include "long_runs/numbers.hpp"

namespace rarena::stress {

struct Counts {
  std::uint64_t operations = 0, requests = 0, refusals = 0;

  Counts& operator+=(const Counts& other) {
    operations += other.operations;
    requests += other.requests;
    refusals += other.refusals;
    return *this;
  }
  Counts operator-(const Counts& before) const {
    return {operations - before.operations, requests - before.requests, refusals - before.refusals};
  }
  // Of the requests, in percent.
  double refused() const { return requests == 0 ? 0 : 100.0 * static_cast<double>(refusals) / static_cast<double>(requests); }
};

class Load {
 public:
  using Clock = std::chrono::steady_clock;

  Load(std::uint64_t seed, unsigned index, std::uint64_t target) : random_(seed, 2, index), target_(target) {}

  // So many operations, or until then. A refused request frees something instead.
  template <class Subject>
  void run(Subject& subject, const Mix& mix, std::uint64_t operations, std::optional<Clock::time_point> until = std::nullopt) {
    for (std::uint64_t i = 0; i < operations; ++i) {
      if (until && i % 64 == 0 && Clock::now() >= *until) return;
      step(subject, mix);
    }
  }

  template <class Subject>
  void free_all(Subject& subject) {
    while (!held_.empty()) subject.free(take_any());
  }

  const Counts& counts() const { return counts_; }
  std::uint64_t live() const { return live_; }
  const std::vector<Extent>& held() const { return held_; }

 private:
  template <class Subject>
  void step(Subject& subject, const Mix& mix) {
    ++counts_.operations;
    if (live_ < target_) {
      ++counts_.requests;
      if (const auto segment = subject.allocate(mix.draw(random_))) {
        held_.push_back(*segment);
        live_ += segment->size;
        return;
      }
      ++counts_.refusals;
    }
    if (!held_.empty()) subject.free(take_any());
  }

  Extent take_any() {
    std::swap(held_[random_.below(held_.size())], held_.back());
    const Extent segment = held_.back();
    held_.pop_back();
    live_ -= segment.size;
    return segment;
  }

  Random random_;
  std::uint64_t target_, live_ = 0;
  std::vector<Extent> held_;
  Counts counts_;
};

// Two segments of the loads, or of an arena's freelist, that share a byte: a violation.
inline std::optional<std::string> overlap(const std::vector<Load>& loads, std::vector<Extent> free) {
  for (const Load& load : loads) free.insert(free.end(), load.held().begin(), load.held().end());
  return overlap(std::move(free));
}

}  // namespace rarena::stress
