// Patience: how long to wait for others, with short sleeps in between that grow.
//
// The system has no lock of files that is waited for until some time, so a lock is tried again and again.
//
// Thread safety: a value for one thread. Progress: blocking. Invariants: none of its own.
#pragma once

#include <algorithm>
#include <cstdint>

#include "system.hpp"

namespace rarena::detail {

class Patience {
 public:
  // From now on, so many milliseconds; 0: none at all.
  explicit Patience(std::uint64_t milliseconds) noexcept
      : end_(os::now() + std::min(milliseconds, longest) * one_millisecond), none_(milliseconds == 0) {}

  // Waits a little, and never beyond the end. false: it is over.
  [[nodiscard]] bool wait() noexcept {
    if (none_) return false;
    const std::uint64_t now = os::now();
    if (now >= end_) return false;
    os::sleep(std::min(next_, end_ - now));
    next_ = std::min(2 * next_, most);
    return true;
  }

 private:
  static constexpr std::uint64_t one_millisecond = 1'000'000;        // in nanoseconds, as all here
  static constexpr std::uint64_t longest = std::uint64_t{1} << 40U;  // milliseconds: no sum overflows
  static constexpr std::uint64_t least = one_millisecond / 8, most = 16 * one_millisecond;

  std::uint64_t end_;
  std::uint64_t next_ = least;
  bool none_;
};

}  // namespace rarena::detail
