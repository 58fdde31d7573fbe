// Says about once a second how far a run is, as a line of JSON on standard output.
//
// It allocates nothing, because inside an iteration of Relacy an allocation is a choice. Thread safety: one thread.
#pragma once

#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

namespace rarena::models {

class Progress {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
  bool due() const { return Clock::now() - spoke_ >= std::chrono::seconds(1); }

  // `more`: fields of JSON with a comma in front, or empty.
  void say(std::uint64_t iterations, const char* more = "") {
    spoke_ = Clock::now();
    std::printf("{\"progress\":{\"iterations\":%" PRIu64 ",\"seconds\":%.1f%s}}\n", iterations, seconds(), more);
    std::fflush(stdout);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point began_ = Clock::now(), spoke_ = began_;
};

}  // namespace rarena::models
