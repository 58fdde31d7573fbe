// Random inputs of the scheduler. Seed n is always the same bytes.
//
// Uniform bytes would switch threads at every second access and read something old at nearly as many, and so hardly ever let a
// thread finish anything undisturbed. So each input has its own rates of both, from a few in a hundred to a half.
//
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/oracle/random.hpp"

namespace rarena::models::schedule {

class RandomBytes {
 public:
  static constexpr std::size_t longest = 256;

  // The input of a seed. It stays valid until the next call.
  std::span<const std::uint8_t> operator()(std::uint64_t seed) {
    oracle::Random random(seed);
    const std::uint64_t switches = std::uint64_t{128} >> random.below(4), old = std::uint64_t{128} >> random.below(4);
    for (std::uint8_t& byte : bytes_) {
      const std::uint64_t r = random.next();
      const bool switched = (r & 255U) < switches, aged = (r >> 8U & 255U) < old;
      byte = static_cast<std::uint8_t>((switched ? 0x80U | (r >> 16U & 0x70U) : 0U) | (aged ? 8U | (r >> 24U & 7U) : 0U));
    }
    return bytes_;
  }

 private:
  std::array<std::uint8_t, longest> bytes_{};
};

}  // namespace rarena::models::schedule
