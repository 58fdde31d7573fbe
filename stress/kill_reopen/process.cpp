#include "kill_reopen/process.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <thread>

namespace rarena::stress {

namespace {

using Clock = std::chrono::steady_clock;

// A process with all that it forks. They are in one group, and whoever loses its parent gets this process as the next one.
class Child {
 public:
  explicit Child(pid_t number) : group_(number) { ::setpgid(number, number); }

  bool ended() {
    while (!ended_ && reap_one(WNOHANG)) {
    }
    return ended_;
  }
  void kill() const { ::kill(-group_, SIGKILL); }
  // The status of the last one that did not just exit with 0.
  int reap() {
    while (!ended_) reap_one(0);
    return status_;
  }

 private:
  // false: nobody else has ended yet, or nobody is left.
  bool reap_one(int options) {
    int status = 0;
    const pid_t result = ::waitpid(-group_, &status, options);
    if (result == -1 && errno == EINTR) return true;
    ended_ = result == -1 && errno == ECHILD;
    if (result == -1 && !ended_) throw std::system_error(errno, std::generic_category(), "waitpid");
    if (result > 0 && status != 0) status_ = status;
    return result > 0;
  }

  pid_t group_;
  int status_ = 0;
  bool ended_ = false;
};

// Until the moment or the end of the child, whichever is first. Short waits spin: the system sleeps 50 microseconds at least.
void wait_until(Child& child, Clock::time_point moment) {
  constexpr std::chrono::microseconds short_wait(150);
  while (Clock::now() < moment && !child.ended()) {
    const auto left = moment - Clock::now();
    if (left > short_wait)
      std::this_thread::sleep_for(std::min<Clock::duration>(left - short_wait, std::chrono::milliseconds(1)));
  }
}

// Until the child has come to the phase. false: it has ended, or its time is over.
bool wait_for(Child& child, const Log& log, std::optional<Phase> phase, Clock::time_point limit) {
  while (!phase || log.phase() < *phase) {
    if (child.ended() || Clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(phase ? 1 : 200));
  }
  return true;
}

}  // namespace

Ending run_process(const std::function<int()>& child_main, const Log& log, Kill kill, std::chrono::seconds patience) {
  std::fflush(nullptr);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) == -1) throw std::system_error(errno, std::generic_category(), "prctl");
  const pid_t number = ::fork();
  if (number == -1) throw std::system_error(errno, std::generic_category(), "fork");
  if (number == 0) {
    ::setpgid(0, 0);
    ::_exit(child_main());
  }
  Child child(number);
  bool stuck = false;
  if (wait_for(child, log, kill.phase, Clock::now() + patience))
    wait_until(child, Clock::now() + kill.delay);
  else
    stuck = !child.ended();
  const bool by_kill = !child.ended();
  if (by_kill) child.kill();
  const int status = child.reap();
  if (stuck) return {Ending::Kind::stuck, SIGKILL, true};
  if (WIFEXITED(status)) return {Ending::Kind::finished, WEXITSTATUS(status), false};
  return {WTERMSIG(status) == SIGKILL ? Ending::Kind::killed : Ending::Kind::crashed, WTERMSIG(status), by_kill};
}

}  // namespace rarena::stress
