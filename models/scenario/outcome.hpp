// What the threads of a scenario hold when all have ended, and what a scenario demands of that besides the invariants.
//
// Thread safety: values.
#pragma once

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "image.hpp"

namespace rarena::models {

struct Outcome {
  struct Thread {
    std::array<Extent, 8> live{};
    unsigned live_count = 0;
    unsigned allocated = 0;  // successful allocations
    unsigned refused = 0;    // allocations that found no space
  };
  std::array<Thread, maximum_threads> threads{};

  constexpr unsigned allocated() const {
    return std::accumulate(threads.begin(), threads.end(), 0U, [](unsigned sum, const Thread& t) { return sum + t.allocated; });
  }
};

// How many allocations must have succeeded. Nothing is demanded by default.
struct Expectation {
  unsigned least = 0, most = ~0U;  // of all threads together
  std::vector<unsigned> by_thread = {};
  std::string otherwise = {};  // what is wrong if not; begins with the ID of an invariant

  // nullptr, or what is wrong: valid as long as the expectation.
  const char* wrong(const Outcome& outcome) const {
    bool holds = outcome.allocated() >= least && outcome.allocated() <= most;
    for (std::size_t i = 0; i < by_thread.size(); ++i) holds = holds && outcome.threads[i].allocated == by_thread[i];
    return holds ? nullptr : otherwise.c_str();
  }
};

}  // namespace rarena::models
