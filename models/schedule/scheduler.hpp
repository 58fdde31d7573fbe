// The scheduler: bytes decide which thread makes the next access, and how old the message is that it reads.
//
// One byte per access. Its high half: 0 to 7 the thread that is running goes on, 8 to 15 another one does. Its low half: 0
// to 7 the newest message, 8 to 13 one that is 1 to 6 older, 14 the oldest, 15 a spurious failure. So zeros run the threads
// one after the other, and a changed byte changes one decision.
//
// When the bytes are used up, or a thread has made `chosen_steps` accesses, the rest is fair and reads the newest messages:
// a thread runs until it retries or ends, then the next one does. A thread that comes to no end then makes no progress
// (PRG-1). So every input ends, and no execution is cut short.
//
// Thread safety: fibers. Invariants: PRG-1. No allocation after construction.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "fibers.hpp"
#include "weak_memory.hpp"

namespace rarena::models::schedule {

class Scheduler {
 public:
  // The longest thread of a scenario that held took about 80.
  static constexpr unsigned chosen_steps = 400, fair_steps = 400;

  enum class End : std::uint8_t { all_ended, abandoned, no_progress };

  // body(i) is what thread i does.
  explicit Scheduler(std::function<void(unsigned)> body);

  End run(unsigned threads, std::span<const std::uint8_t> bytes);

  // Called in a thread. Before every access: others may go first.
  Age step();
  // On the way back to the head of a retry loop.
  void retry();
  // Ends the execution.
  [[noreturn]] void abandon() { leave(End::abandoned); }

  unsigned thread() const { return thread_; }
  // Bytes that the last execution used.
  std::size_t used() const { return used_; }

 private:
  static void body(void* scheduler, unsigned thread) { static_cast<Scheduler*>(scheduler)->body_(thread); }
  [[noreturn]] void leave(End end);
  bool exhausted() const { return used_ == bytes_.size(); }
  // The k-th thread behind the one that is running, among those that have not ended; k is taken modulo their number.
  unsigned other(unsigned k) const;
  // Takes a byte, and makes a thread the running one. Without bytes the fair rest begins.
  void decide();
  void resume(unsigned thread);
  void forget();

  std::function<void(unsigned)> body_;
  Fibers fibers_;
  std::span<const std::uint8_t> bytes_;
  std::size_t used_ = 0;
  unsigned threads_ = 0, thread_ = 0, left_ = 0;
  bool starting_ = false, fair_ = false;
  End end_ = End::all_ended;
  Age age_ = Age::newest;
  std::array<bool, maximum_threads> ended_{};
  std::array<unsigned, maximum_threads> steps_{}, fair_steps_{};
};

}  // namespace rarena::models::schedule
