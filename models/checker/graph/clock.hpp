// Vector clocks: for every thread, how many of its events are before.
//
// Source: Mattern, "Virtual time and global states of distributed systems", 1988. Thread safety: a value.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace checker {

inline constexpr int maximum_threads = 16;

class Clock {
 public:
  constexpr std::int16_t operator[](int thread) const { return counts_[static_cast<std::size_t>(thread)]; }
  constexpr void set(int thread, std::int16_t count) { counts_[static_cast<std::size_t>(thread)] = count; }
  constexpr void join(const Clock& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] = std::max(counts_[i], other.counts_[i]);
  }

 private:
  alignas(32) std::array<std::int16_t, maximum_threads> counts_{};
};

}  // namespace checker
