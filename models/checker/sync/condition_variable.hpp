// condition_variable, as that of the standard library, without the waits that time out.
//
// A notification wakes those that wait then: one of them, whichever it may be, or all; where nobody waits, it is lost. A
// waiting thread may also wake spuriously, at most Options::weak_failures times in an execution, together with what else fails
// so.
//
// Thread safety: to be used by the threads of a check. Progress: a thread that nobody is left to notify is a deadlock, and
// reported. Source: ISO C++23, [thread.condition].
#pragma once

#include "mutex.hpp"

namespace checker {

class condition_variable {
 public:
  explicit(false) condition_variable(const char* name = nullptr, Location where = Location::current())
      : state_(0, name, where) {}

  // With a lock of any kind that the thread holds.
  template <class Lock>
  void wait(Lock& lock, Location where = Location::current()) {
    const std::uint64_t me = sync::bit_of_caller();
    state_.fetch_or(me, sync::relaxed, where);
    if constexpr (requires { lock.unlock(where); })
      lock.unlock(where);
    else
      lock.unlock();
    Execution* e = Execution::current();
    if (!e || !e->wakes_spuriously(where))
      while ((state_.load(sync::relaxed, where) & me << notified) == 0) sync::wait_for_another(where);
    state_.fetch_and(~(me | me << notified), sync::relaxed, where);
    if constexpr (requires { lock.lock(where); })
      lock.lock(where);
    else
      lock.lock();
  }
  template <class Lock, class Predicate>
  void wait(Lock& lock, Predicate predicate, Location where = Location::current()) {
    while (!predicate()) wait(lock, where);
  }

  void notify_one(Location where = Location::current()) { notify(where, true); }
  void notify_all(Location where = Location::current()) { notify(where, false); }

 private:
  static constexpr int notified = 32;

  void notify(Location where, bool only_one) {
    std::uint64_t state = state_.load(sync::relaxed, where);
    for (;;) {
      const LoopHead head = loop_head();
      std::uint64_t woken = state & ((std::uint64_t{1} << notified) - 1);
      if (woken == 0) return;
      if (only_one) woken = one_of(woken, where);
      if (state_.compare_exchange_strong(state, (state & ~woken) | woken << notified, sync::relaxed, sync::relaxed, where))
        return;
      retry(head, where);
    }
  }
  static std::uint64_t one_of(std::uint64_t waiting, Location where) {
    const int count = std::popcount(waiting);
    for (unsigned skip = count == 1 ? 0 : choose(static_cast<unsigned>(count), where); skip > 0; --skip) waiting &= waiting - 1;
    return waiting & ~(waiting - 1);
  }

  atomic<std::uint64_t> state_;  // a bit for each thread that waits, and, 32 higher, for each that was notified
};

using condition_variable_any = condition_variable;

}  // namespace checker
