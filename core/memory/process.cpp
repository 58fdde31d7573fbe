#include "process.hpp"

#include <pthread.h>

#include "../words/latch.hpp"
#include "system.hpp"
#include "witness.hpp"

namespace rarena::detail::process {

namespace {

void before_fork() noexcept {
  fork_mutex().lock();
  witness::before_fork();
}
void in_parent() noexcept {
  witness::after_fork_in_parent();
  fork_mutex().unlock();
}
void in_child() noexcept {
  ++generation;
  witness::after_fork_in_child();
  fork_mutex().unlock();
}

}  // namespace

std::mutex& fork_mutex() noexcept {
  static constinit std::mutex mutex;
  return mutex;
}

std::expected<void, Error> follow_forks() noexcept {
  // A failure is not kept: the next file tries again. Registered twice, by two threads at once, the handlers would deadlock.
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static Latch followed;
  if (followed.value() != 0) return {};
  ::pthread_mutex_lock(&mutex);
  int error = 0;
  if (followed.value() == 0) error = os::at_fork(before_fork, in_parent, in_child);
  if (error == 0) followed.set(1);
  ::pthread_mutex_unlock(&mutex);
  if (error != 0) return std::unexpected(system_error(error));
  return {};
}

}  // namespace rarena::detail::process
