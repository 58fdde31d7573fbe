// Progress: one line on a terminal that says how far slow work is, and that is gone when the work is done.
//
// Nothing is written if the console is no terminal, nor before the work has taken a while.
//
// Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "console.hpp"

namespace rarena::tools {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::duration patience = std::chrono::milliseconds(500), interval = std::chrono::milliseconds(100);

  // The line reads "FILE: N UNIT", with " of TOTAL" if there is a total.
  Progress(const Console& console, std::string file, std::string unit, std::uint64_t total = 0,
           Clock::duration first = patience)
      : console_(console), file_(std::move(file)), unit_(std::move(unit)), total_(total), next_(Clock::now() + first) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t count);

 private:
  const Console& console_;
  std::string file_, unit_;
  std::uint64_t total_;
  Clock::time_point next_;
  bool shown_ = false;
};

}  // namespace rarena::tools
