// Crashes: what ends a process becomes a violation where the code under test does it.
//
// While a CrashGuard lives, these are handed to the execution under way on their thread of the system: the signals that code
// raises by what it does, a failed assert, std::terminate, and a tick of the clock of its processor time, by which an execution
// sees that nothing has been accessed for too long. Whatever comes from elsewhere goes where it went before.
//
// Thread safety: guards of several threads of the system may live at a time; one guard belongs to one thread.
#pragma once

#include <signal.h>

#include <ctime>
#include <exception>
#include <optional>
#include <string>

namespace checker {

class CrashGuard {
 public:
  // `ticks`: whether there is a clock; it ticks once in a second of processor time.
  explicit CrashGuard(bool ticks);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

 private:
  std::optional<timer_t> timer_;
  stack_t stack_before_{};  // of handlers
};

// What the run-time library knows of exceptions on this thread of the system. Code that is left in the middle may leave it
// behind, and fibers must not share it. Source: Itanium C++ ABI: Exception Handling, 2.2.2.
class ExceptionState {
 public:
  static ExceptionState current();
  void restore() const;

 private:
  void* caught_ = nullptr;
  unsigned uncaught_ = 0;
};

// The type and the message of an exception.
std::string describe(const std::exception_ptr& thrown);

// Allocations of this thread of the system that have not been freed (allocations.cpp); only differences mean anything.
#if defined(__ELF__)
[[gnu::tls_model("initial-exec")]]
#endif
inline constinit thread_local long living_allocations = 0;

}  // namespace checker
