// Random inputs of the scheduler. Seed n is always the same bytes.
//
// Uniform bytes would switch threads at every second access and read something old at nearly as many, and so hardly ever let a
// thread finish anything undisturbed. So each input has its own rates of both, from a sixteenth to a half.
//
// Thread safety: one generator, one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/oracle/random.hpp"

namespace rarena::models::schedule {

// Decisions for the scheduler, a byte each.
class RandomDecisions {
 public:
  explicit RandomDecisions(std::uint64_t seed) : random_(seed) {}

  std::uint8_t next() {
    const std::uint64_t r = random_.next();
    const bool switched = (r & 255U) < switches_, aged = (r >> 8U & 255U) < old_;
    return static_cast<std::uint8_t>((switched ? 0x80U | (r >> 16U & 0x70U) : 0U) | (aged ? 8U | (r >> 24U & 7U) : 0U));
  }

 private:
  oracle::Random random_;
  std::uint64_t switches_ = std::uint64_t{128} >> random_.below(4), old_ = std::uint64_t{128} >> random_.below(4);
};

class RandomBytes {
 public:
  static constexpr std::size_t longest = 256;

  // The input of a seed. It stays valid until the next call.
  std::span<const std::uint8_t> operator()(std::uint64_t seed) {
    RandomDecisions decisions(seed);
    for (std::uint8_t& byte : bytes_) byte = decisions.next();
    return bytes_;
  }

 private:
  std::array<std::uint8_t, longest> bytes_{};
};

}  // namespace rarena::models::schedule
