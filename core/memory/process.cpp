#include "process.hpp"

#include <pthread.h>

#include "system.hpp"
#include "witness.hpp"

namespace rarena::process {

namespace {

void before_fork() noexcept { witness::before_fork(); }
void in_parent() noexcept { witness::after_fork_in_parent(); }
void in_child() noexcept {
  ++detail::generation;
  witness::after_fork_in_child();
}

}  // namespace

std::expected<void, Error> follow_forks() noexcept {
  // A failure is not kept: the next file tries again. Registered twice, by two threads at once, the handlers would deadlock.
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static bool followed = false;
  ::pthread_mutex_lock(&mutex);
  int error = 0;
  if (!followed) error = os::at_fork(before_fork, in_parent, in_child);
  followed = error == 0;
  ::pthread_mutex_unlock(&mutex);
  if (error != 0) return std::unexpected(system_error(error));
  return {};
}

}  // namespace rarena::process
