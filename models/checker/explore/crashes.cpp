#include "crashes.hpp"

#include <cxxabi.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "execution.hpp"

namespace checker {

namespace {

constexpr std::array crashing = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int ticking = SIGVTALRM;

// What was there before the first guard, of the process.
struct Before {
  std::mutex mutex;
  int guards = 0;
  std::array<struct sigaction, crashing.size()> actions{};
  struct sigaction tick{};
  std::terminate_handler terminate = nullptr;
};
Before& before() {
  static Before& b = *new Before;
  return b;
}

Execution* under_test() {
  Execution* e = Execution::current();
  return e && e->runs_code_under_test() ? e : nullptr;
}

// In a handler: nothing that allocates.
void on_crash(int signal, siginfo_t* info, void*) {
  if (Execution* e = under_test()) {
    const char* name = sigabbrev_np(signal);
    std::array<char, 96> text{};
    if (signal == SIGABRT)
      std::snprintf(text.data(), text.size(), "SIGABRT: the code under test calls abort");
    else
      std::snprintf(text.data(), text.size(), "SIG%s at address %p", name ? name : "?", info->si_addr);
    e->crash(Fault::crash, text.data());
  }
  for (std::size_t i = 0; i < crashing.size(); ++i)
    if (crashing[i] == signal) sigaction(signal, &before().actions[i], nullptr);  // and what was done is done again
}

void on_tick(int, siginfo_t*, void*) {
  if (Execution* e = under_test()) e->tick();
}

[[noreturn]] void on_terminate() {
  if (Execution* e = under_test()) {
    static thread_local std::string text;  // nothing of this frame is destroyed
    text = "std::terminate";
    if (const std::exception_ptr thrown = std::current_exception()) text += ", because of " + describe(thrown);
    e->crash(Fault::exception, text.c_str());
  }
  if (before().terminate) before().terminate();
  std::abort();
}

// Handlers run on a stack of their own, because the code under test may have used up its own. Returns what there was.
stack_t give_stack_to_handlers() {
  static thread_local const auto memory = std::make_unique<std::array<char, std::size_t{64} * 1024>>();
  stack_t before{};
  sigaltstack(nullptr, &before);
  if ((before.ss_flags & SS_DISABLE) == 0) return before;
  const stack_t own{.ss_sp = memory->data(), .ss_flags = 0, .ss_size = memory->size()};
  sigaltstack(&own, nullptr);
  return before;
}

void catch_signals() {
  Before& b = before();
  struct sigaction ours{};
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;  // a handler is left for good, so nothing may stay blocked
  ours.sa_sigaction = on_crash;
  for (std::size_t i = 0; i < crashing.size(); ++i) sigaction(crashing[i], &ours, &b.actions[i]);
  ours.sa_sigaction = on_tick;
  ours.sa_flags |= SA_RESTART;
  sigaction(ticking, &ours, &b.tick);
  b.terminate = std::set_terminate(on_terminate);
}

void restore_signals() {
  Before& b = before();
  for (std::size_t i = 0; i < crashing.size(); ++i) sigaction(crashing[i], &b.actions[i], nullptr);
  sigaction(ticking, &b.tick, nullptr);
  std::set_terminate(b.terminate);
}

timer_t start_clock() {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = ticking;
  event._sigev_un._tid = gettid();
  timer_t timer{};
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0)
    throw std::system_error(errno, std::generic_category(), "a timer that sees code which accesses nothing");
  const itimerspec each_second{.it_interval = {.tv_sec = 1, .tv_nsec = 0}, .it_value = {.tv_sec = 1, .tv_nsec = 0}};
  if (timer_settime(timer, 0, &each_second, nullptr) != 0) {
    const int error = errno;
    timer_delete(timer);
    throw std::system_error(error, std::generic_category(), "a timer that sees code which accesses nothing");
  }
  return timer;
}

}  // namespace

CrashGuard::CrashGuard(bool ticks) {
  stack_before_ = give_stack_to_handlers();
  if (ticks) timer_ = start_clock();
  const std::lock_guard lock(before().mutex);
  if (before().guards++ == 0) catch_signals();
}

CrashGuard::~CrashGuard() {
  if (timer_) timer_delete(*timer_);
  sigaltstack(&stack_before_, nullptr);
  const std::lock_guard lock(before().mutex);
  if (--before().guards == 0) restore_signals();
}

ExceptionState ExceptionState::current() {
  ExceptionState state;
  const char* globals = reinterpret_cast<const char*>(abi::__cxa_get_globals());
  std::memcpy(&state.caught_, globals, sizeof state.caught_);
  std::memcpy(&state.uncaught_, globals + sizeof state.caught_, sizeof state.uncaught_);
  return state;
}

void ExceptionState::restore() const {
  char* globals = reinterpret_cast<char*>(abi::__cxa_get_globals());
  std::memcpy(globals, &caught_, sizeof caught_);
  std::memcpy(globals + sizeof caught_, &uncaught_, sizeof uncaught_);
}

std::string describe(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    const char* mangled = typeid(e).name();
    const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), &std::free);
    return std::string(name ? name.get() : mangled) + ": " + e.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace checker

// A failed assert of the code under test, which glibc would print before it aborts. Weak: a program may have its own.
extern "C" [[noreturn, gnu::weak]] void __assert_fail(const char* assertion, const char* file, unsigned line,
                                                      const char* function) noexcept {
  if (checker::Execution* e = checker::under_test()) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), "assert(%s) fails in %s, %s:%u", assertion, function, file, line);
    e->crash(checker::Fault::assertion, text.data());
  }
  std::fprintf(stderr, "%s: %s:%u: %s: Assertion `%s' failed.\n", program_invocation_short_name, file, line, function,
               assertion);
  std::abort();
}
