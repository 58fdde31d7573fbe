// Watchdog: a thread that ends the run if a worker makes no progress (PRG-1), has crashed, or a sanitizer has reported.
//
// Thread safety: for the thread that made it. Invariants: PRG-1 (a worker that is not waiting for the others finishes an
// operation within so many seconds, on a machine that gives it time).
#pragma once

#include <pthread.h>

#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "churn/beat.hpp"
#include "churn/ending.hpp"
#include "churn/stacks.hpp"

namespace rarena::stress {

// What a sanitizer reports becomes a violation: of `ending`, which outlives the process. Returns whether there is a sanitizer.
bool listen_to_sanitizers(const Ending& ending);

// Whether one has reported something that did not end the process.
bool sanitizer_reported();

class Watchdog {
 public:
  struct Worker {
    pthread_t thread;
    const Beat* beat;
    Frames* frames;
  };

  Watchdog(std::vector<Worker> workers, double stall_seconds, const Ending& ending);

 private:
  void watch(const std::stop_token& stop) const;
  [[noreturn]] void report(const std::string& message) const;
  std::string describe(std::size_t worker) const;

  std::vector<Worker> workers_;
  double stall_seconds_;
  const Ending& ending_;
  std::jthread thread_;
};

}  // namespace rarena::stress
