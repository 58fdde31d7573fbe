// check: explores the executions of a program whose objects are checker::atomic and checker::var.
//
//     checker::atomic<int> x, y;
//     auto result = checker::check({}, [&] { x = 1; r1 = y; }, [&] { y = 1; r2 = x; });
//
// Results that threads keep in plain variables are those of the execution when `finally` runs. Threads and `finally` may be run
// more than once for an execution. What else outlives an execution must be the same whenever a thread begins; where it is not,
// and the thread does something else, check throws.
//
// Thread safety: one check at a time per thread of the system.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "atomic.hpp"
#include "marks.hpp"
#include "models/checker/explore/result.hpp"
#include "var.hpp"

namespace checker {

// exhaustive: every execution of RC11, once. bounded: those at most `deviations` choices away from the first one. random:
// `samples` executions; every execution has a chance, none a certainty.
enum class Mode : std::uint8_t { exhaustive, bounded, random };

struct Options {
  Mode mode = Mode::exhaustive;
  unsigned deviations = 0;
  std::uint64_t seed = 1;
  std::uint64_t samples = 10'000;
  unsigned weak_failures = 1;  // of compare-exchanges, and spurious wake-ups, per execution
  unsigned step_bound = 1000;  // events per thread
  bool step_bound_is_violation = true;
  bool prune_retries = true;  // false: explores loops that change nothing, up to the step bound
  unsigned patience = 10;     // seconds that code may run without an access, before it counts as hung; 0: for ever
  bool stop_at_violation = true;
  bool check_duplicates = false;                                  // for tests of the checker: remembers every execution
  std::uint64_t maximum_executions = 0;                           // 0: no limit; a check that stops there is incomplete
  double time_limit = 0;                                          // seconds, the same way
  std::function<void()> finally = {};                             // runs alone when all threads have ended
  std::function<void(const ExplorationProgress&)> progress = {};  // about once a second
};

// Throws std::invalid_argument (no threads, too many) and std::logic_error (a thread is not a function of what it reads).
// Exceptions, signals and failed asserts of the threads are violations.
Result check(const Options& options, std::vector<std::function<void()>> threads);

// A thread that begins anew is a new copy, if running it may change it.
template <class Thread>
std::function<void()> afresh(Thread thread) {
  if constexpr (std::invocable<const Thread&>)
    return thread;
  else
    return [thread] {
      Thread copy = thread;
      copy();
    };
}

template <class... Threads>
  requires(std::invocable<Threads&> && ...)
Result check(const Options& options, Threads... threads) {
  return check(options, std::vector<std::function<void()>>{afresh(threads)...});
}

// The numbers that an exhaustive check will end with, from a sample of `population` executions at every depth. Different seeds
// scatter around the truth, by a factor of two or three. Throws as check does.
Estimate estimate(const Options& options, std::vector<std::function<void()>> threads, std::size_t population = 1000);

// A violation as a JSON text, for replay in another process. Throws std::invalid_argument if it is not of a check.
std::string artifact(const Violation& violation);

// Runs the threads once more along the artifact of a violation of theirs. The objects must be those of that check, by number,
// name and initial value. Throws std::invalid_argument if the text is none, or of no consistent execution.
Replay replay(std::string_view artifact, const Options& options, std::vector<std::function<void()>> threads);

// The execution of a violation as text: every step, what it read and why it might.
std::string explain(const Violation& violation);

}  // namespace checker
