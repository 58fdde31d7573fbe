#include "churn/watchdog.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <utility>

namespace {

const rarena::stress::Ending* sanitized_run = nullptr;

// A function: it is used by runtimes that start before this file's objects do.
rarena::stress::Cell& reported() {
  static rarena::stress::Cell cell;
  return cell;
}

}  // namespace

// The interface of the sanitizers' runtimes; there only if one is linked.
extern "C" {
[[gnu::weak]] void __sanitizer_set_death_callback(void (*)());
// Called with locks held: the watchdog does the rest.
void __tsan_on_report(void*) { reported().write(1); }
}

namespace rarena::stress {

bool sanitizer_reported() { return reported().read() != 0; }

bool listen_to_sanitizers(const Ending& ending) {
  sanitized_run = &ending;
  if (__sanitizer_set_death_callback == nullptr) return false;
  __sanitizer_set_death_callback(
      [] { sanitized_run->violation("SEG-1: a sanitizer reported an error, see the standard error stream"); });
  return true;
}

Watchdog::Watchdog(std::vector<Worker> workers, double stall_seconds, const Ending& ending)
    : workers_(std::move(workers)), stall_seconds_(stall_seconds), ending_(ending),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void Watchdog::watch(const std::stop_token& stop) const {
  using Clock = std::chrono::steady_clock;
  struct Last {
    std::uint64_t operations;
    Clock::time_point since;
  };
  std::vector<Last> last(workers_.size(), {0, Clock::now()});
  for (; !stop.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(20))) {
    if (sanitizer_reported()) report("SEG-3: ThreadSanitizer reported a race, see the standard error stream");
    const auto now = Clock::now();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const Worker& worker = workers_[i];
      if (const std::uint64_t signal = worker.frames->signal.observe(); signal != 0)
        report(fmt::format("SEG-1: worker {} crashed ({}) in {}", i, ::strsignal(static_cast<int>(signal)), describe(i)));
      const std::uint64_t operations = worker.beat->operations();
      if (operations != last[i].operations || worker.beat->call() == Call::waiting) last[i] = {operations, now};
      if (std::chrono::duration<double>(now - last[i].since).count() >= stall_seconds_)
        report(fmt::format("PRG-1: worker {} has made no progress for {} s, in {}", i, stall_seconds_, describe(i)));
    }
  }
}

std::string Watchdog::describe(std::size_t worker) const {
  const Beat& beat = *workers_[worker].beat;
  return fmt::format("{} of {} bytes, after {} operations", name(beat.call()), beat.bytes(), beat.operations());
}

void Watchdog::report(const std::string& message) const {
  std::vector<std::string> stacks;
  for (std::size_t i = 0; i < workers_.size(); ++i)
    stacks.push_back(fmt::format("worker {}, {}:\n{}", i, describe(i), stack_of(workers_[i].thread, *workers_[i].frames)));
  ending_.violation(message, stacks);
}

}  // namespace rarena::stress
