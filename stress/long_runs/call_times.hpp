// CallTimes: how long calls take, the longest of them by two clocks.
//
//     wall        until it came back; a thread that waits for a processor inside a call counts that, too
//     processor   what it has computed: an upper bound, larger than the truth by less than `grain`
//
// The clock of a thread is a system call and dearer than most calls. So it is read before a call only where the last reading is
// older than `grain`, and after a call only if that took longer. What the thread has computed between those two readings is the
// call, and what came since the first one. A call that was faster has computed no longer than it took.
//
// Thread safety: an object per thread, which is made where it is used.
#pragma once

#include <algorithm>
#include <chrono>

#include "shared/thread_time.hpp"

namespace rarena::stress {

struct RealClocks {
  static double wall() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
  static double processor() { return thread_time(); }
};

// Seconds. Clocks: wall() and processor().
template <class Clocks = RealClocks>
class CallTimes {
 public:
  static constexpr double grain = 100e-6;

  void begin() {
    began_ = Clocks::wall();
    if (began_ - read_at_ < grain) return;
    read();
    began_ = read_at_;
  }
  void end() {
    const double took = Clocks::wall() - began_;
    longest_wall_ = std::max(longest_wall_, took);
    double computed = took;
    if (took >= grain) {
      const double before = processor_;
      read();
      computed = std::min(took, processor_ - before);
    }
    longest_processor_ = std::max(longest_processor_, computed);
  }

  double longest_wall() const { return longest_wall_; }
  double longest_processor() const { return longest_processor_; }

 private:
  void read() {
    processor_ = Clocks::processor();
    read_at_ = Clocks::wall();
  }

  double read_at_ = Clocks::wall(), processor_ = Clocks::processor();  // when the clock of the thread was read last, and it
  double began_ = 0, longest_wall_ = 0, longest_processor_ = 0;
};

}  // namespace rarena::stress
