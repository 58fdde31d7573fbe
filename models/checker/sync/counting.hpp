// once_flag, counting_semaphore, latch and barrier, as those of the standard library, without the waits that time out.
//
// Thread safety: to be used by the threads of a check. Progress: a thread that waits for ever is a deadlock, and reported.
// Source: ISO C++23, [thread.once], [thread.sema], [thread.coord].
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

#include "caller.hpp"

namespace checker {

class once_flag;
template <class Callable>
void call_once(once_flag& flag, Callable&& callable, Location where = Location::current());

class once_flag {
 public:
  explicit(false) once_flag(const char* name = nullptr, Location where = Location::current()) : state_(0, name, where) {}

 private:
  enum : unsigned { fresh, running, done };

  template <class Callable>
  friend void call_once(once_flag& flag, Callable&& callable, Location where);

  atomic<unsigned> state_;
};

// If the callable throws, the next call is the first again.
template <class Callable>
void call_once(once_flag& flag, Callable&& callable, Location where) {
  for (;;) {
    unsigned found = once_flag::fresh;
    if (flag.state_.compare_exchange_strong(found, once_flag::running, sync::acquire, sync::acquire, where)) break;
    if (found == once_flag::done) return;
    sync::wait_for_another(where);
  }
  try {
    std::forward<Callable>(callable)();
  } catch (const Execution::Left&) {
    throw;
  } catch (...) {
    flag.state_.store(once_flag::fresh, sync::release, where);
    throw;
  }
  flag.state_.store(once_flag::done, sync::release, where);
}

template <std::ptrdiff_t most = std::numeric_limits<std::ptrdiff_t>::max()>
class counting_semaphore {
 public:
  explicit counting_semaphore(std::ptrdiff_t count, const char* name = nullptr, Location where = Location::current())
      : left_(count - 1, name, where) {}

  static constexpr std::ptrdiff_t max() { return most; }

  void release(std::ptrdiff_t update = 1, Location where = Location::current()) {
    const std::ptrdiff_t before = left_.fetch_add(update, sync::release, where) + 1;
    if (update < 0 || update > most - before) sync::misuse("a semaphore is released beyond its maximum", where);
  }
  void acquire(Location where = Location::current()) {
    while (!try_acquire(where)) sync::wait_for_another(where);
  }
  // Here it does not fail spuriously.
  bool try_acquire(Location where = Location::current()) {
    return left_.fetch_add_unless(none, -1, sync::acquire, sync::relaxed, where).second;
  }

 private:
  static constexpr std::ptrdiff_t none = std::numeric_limits<std::ptrdiff_t>::min();  // the bit of the sign

  atomic<std::ptrdiff_t> left_;  // one less than the count
};
using binary_semaphore = counting_semaphore<1>;

class latch {
 public:
  explicit latch(std::ptrdiff_t expected, const char* name = nullptr, Location where = Location::current())
      : count_(expected, name, where) {}

  void count_down(std::ptrdiff_t update = 1, Location where = Location::current()) {
    if (count_.fetch_sub(update, sync::release, where) < update) sync::misuse("a latch is counted down below 0", where);
  }
  // The standard lets it fail spuriously; here it does not.
  bool try_wait(Location where = Location::current()) const { return count_.load(sync::acquire, where) == 0; }
  void wait(Location where = Location::current()) const {
    count_.await([](std::ptrdiff_t count) { return count == 0; }, sync::acquire, where);
  }
  void arrive_and_wait(std::ptrdiff_t update = 1, Location where = Location::current()) {
    count_down(update, where);
    wait(where);
  }

 private:
  atomic<std::ptrdiff_t> count_;
};

// The completion is run by the thread that arrives last in a phase.
template <class Completion = void (*)()>
class barrier {
 public:
  using arrival_token = std::uint64_t;

  explicit barrier(
      std::ptrdiff_t expected, Completion completion = +[] {}, const char* name = nullptr, Location where = Location::current())
      : completion_(std::move(completion)), state_(start(0, static_cast<std::uint64_t>(expected)), name, where) {}

  arrival_token arrive(Location where = Location::current()) { return arrive(one_missing, where); }
  void wait(arrival_token phase, Location where = Location::current()) const {
    state_.await([phase](std::uint64_t s) { return s / one_phase != phase; }, sync::acquire, where);
  }
  void arrive_and_wait(Location where = Location::current()) { wait(arrive(one_missing, where), where); }
  void arrive_and_drop(Location where = Location::current()) { arrive(one_missing + one_expected, where); }

 private:
  // The phase, how many are missing in it, and how many are expected in the next one.
  static constexpr std::uint64_t one_expected = 1, one_missing = 1 << 16, one_phase = std::uint64_t{1} << 32;
  static constexpr std::uint64_t start(std::uint64_t phase, std::uint64_t expected) {
    return phase * one_phase + expected * one_missing + expected * one_expected;
  }

  arrival_token arrive(std::uint64_t less, Location where) {
    const std::uint64_t state = state_.fetch_sub(less, sync::acq_rel, where);
    const std::uint64_t phase = state / one_phase, missing = state % one_phase / one_missing;
    if (missing == 0) sync::misuse("more threads arrive at a barrier than it expects", where);
    if (missing == 1) {
      completion_();
      state_.store(start(phase + 1, (state - less) % one_missing), sync::release, where);
    }
    return phase;
  }

  Completion completion_;
  atomic<std::uint64_t> state_;
};

}  // namespace checker
