// A process that is killed: fork, a kill at a chosen moment, and how it ended.
//
// Thread safety: for a program with one thread (so that the child may start its own).
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "kill_reopen/log.hpp"

namespace rarena::stress {

// So long after the child has reached a phase; without a phase never.
struct Kill {
  std::optional<Phase> phase;
  std::chrono::microseconds delay{0};
};

struct Ending {
  enum class Kind : std::uint8_t { finished, killed, crashed, stuck } kind = Kind::finished;
  int number = 0;        // the exit status, or the signal
  bool by_kill = false;  // the kill came in time
};

// Runs `child` in a process of its own, whose exit status it returns; what that forks is killed and waited for with it. A child
// that is not to be killed and does not end by itself within `patience` is stuck, and killed. Throws std::system_error.
Ending run_process(const std::function<int()>& child, const Log& log, Kill kill, std::chrono::seconds patience);

}  // namespace rarena::stress
