// The processor time of the calling thread: what it has computed, however long it waited for a processor. Reading it is a
// system call, which takes as long as several calls of an arena.
//
// Thread safety: any number of threads.
#pragma once

#include <ctime>

namespace rarena::stress {

// Seconds.
inline double thread_time() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace rarena::stress
