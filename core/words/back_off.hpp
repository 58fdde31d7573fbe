// BackOff: how long a retry loop waits before its next pass. Twice as long each time, up to a limit.
//
// A failed CAS means that another thread has the word. Whoever asks for it again at once takes it away from a thread that would
// do several operations with it, and each operation then pays for a cache line that crosses the processors. The limit, some
// microseconds, is what a call may lose to a thread that has gone already.
//
// Source: T. E. Anderson, "The performance of spin lock alternatives for shared-memory multiprocessors", IEEE TPDS 1(1), 1990.
// Thread safety: one loop's own. Progress: wait-free; no effect on memory.
#pragma once

namespace rarena::detail {

// Lets another thread have the processor, if one wants it. Blocking (a system call).
void let_others_run() noexcept;

class BackOff {
 public:
  [[gnu::always_inline]] void wait() { pauses_ = wait_for(pauses_); }
  // How many pauses the next wait has.
  unsigned pauses() const { return pauses_; }

 private:
  static constexpr unsigned most = 64;

#if defined(__x86_64__) || defined(__i386__)
  static void pause() { __builtin_ia32_pause(); }
#elif defined(__aarch64__)
  static void pause() { asm volatile("yield"); }
#else
  static void pause() {}
#endif

  // How many pauses the next one has. Out of line: a loop that succeeds at once is shorter without it.
  [[gnu::noinline, gnu::cold]] static unsigned wait_for(unsigned pauses) {
    for (unsigned i = 0; i < pauses; ++i) pause();
    return pauses < most ? 2 * pauses : most;
  }

  unsigned pauses_ = 1;
};

}  // namespace rarena::detail
