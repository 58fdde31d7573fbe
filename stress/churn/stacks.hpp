// Stacks: what each worker is in the middle of, whether it answers or not, and the signals of a crash.
//
// A signal makes a worker write down the addresses of its frames; who asked turns them into names.
//
// Thread safety: one thread asks. A worker calls `enlist` first.
#pragma once

#include <pthread.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "shared/cell.hpp"

namespace rarena::stress {

// Where the frames of one worker go.
struct Frames {
  static constexpr std::size_t most = 48;
  std::array<Cell, most> addresses;
  Cell count;   // published last; 0: nothing yet
  Cell signal;  // the one that it crashed with; 0: none
};

// Before the workers start. `crashes`: their crashes are caught too; a worker that crashed stays where it is.
void install_stack_signals(bool crashes);

// Whose frames the calling thread's are; the object outlives the thread.
void enlist(Frames& frames);

// One frame a line, the innermost first; says so if the thread does not answer.
std::string stack_of(pthread_t thread, Frames& frames);

}  // namespace rarena::stress
