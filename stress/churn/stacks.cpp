#include "churn/stacks.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

namespace rarena::stress {

namespace {

constexpr int asks = SIGUSR2;

thread_local Frames* own = nullptr;

void write_frames(Frames& frames) {
  std::array<void*, Frames::most> addresses{};
  const int count = ::backtrace(addresses.data(), static_cast<int>(addresses.size()));
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    frames.addresses[i].write(reinterpret_cast<std::uintptr_t>(addresses[i]));
  frames.count.publish(static_cast<std::uint64_t>(count));
}

void on_ask(int) {
  if (own != nullptr) write_frames(*own);
}

void on_crash(int signal) {
  if (own == nullptr) {
    ::signal(signal, SIG_DFL);
    return;
  }
  write_frames(*own);
  own->signal.publish(static_cast<std::uint64_t>(signal));
  for (;;) ::pause();
}

std::string name_of(std::uint64_t address) {
  Dl_info info{};
  // One byte back: a return address may be the first byte of the next function.
  if (::dladdr(reinterpret_cast<void*>(address - 1), &info) == 0 || info.dli_sname == nullptr)
    return fmt::format("{:#x}", address);
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status), std::free);
  return text ? text.get() : info.dli_sname;
}

}  // namespace

void install_stack_signals(bool crashes) {
  // The first call loads a library, which a signal handler must not do.
  std::array<void*, 1> first{};
  (void)::backtrace(first.data(), 1);
  struct sigaction action{};
  action.sa_handler = &on_ask;
  action.sa_flags = SA_RESTART;
  ::sigaction(asks, &action, nullptr);
  if (!crashes) return;
  action.sa_handler = &on_crash;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) ::sigaction(signal, &action, nullptr);
}

void enlist(Frames& frames) { own = &frames; }

std::string stack_of(pthread_t thread, Frames& frames) {
  using namespace std::chrono_literals;
  if (frames.signal.observe() == 0) {
    frames.count.publish(0);
    ::pthread_kill(thread, asks);
    for (auto left = 2000ms; frames.count.observe() == 0 && left > 0ms; left -= 10ms) std::this_thread::sleep_for(10ms);
  }
  const std::uint64_t count = frames.count.observe();
  if (count == 0) return "    does not answer\n";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("    {}\n", name_of(frames.addresses[i].read()));
  return text;
}

}  // namespace rarena::stress
