// Seeded random numbers, the same everywhere. What the schedules make of them is not.
//
// Thread safety: an object per thread.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace rarena::stress {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // Another generator for each purpose and number.
  Random(std::uint64_t seed, std::uint64_t purpose, std::uint64_t number)
      : engine_(seed * 0x9e3779b97f4a7c15U + purpose * 0xbf58476d1ce4e5b9U + number) {}

  std::uint64_t next() { return engine_(); }
  // Below `bound`, which is at least 1.
  std::uint32_t below(std::uint64_t bound) { return static_cast<std::uint32_t>(engine_() % bound); }
  bool one_in(std::uint64_t bound) { return below(bound) == 0; }
  // Between `least` and `most`; every order of magnitude is as likely as any other.
  std::uint32_t magnitude(double least, double most) {
    const double exponent = static_cast<double>(engine_() >> 11U) / static_cast<double>(std::uint64_t{1} << 53U);
    return static_cast<std::uint32_t>(least * std::pow(most / least, exponent));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace rarena::stress
