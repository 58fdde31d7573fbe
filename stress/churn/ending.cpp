#include "churn/ending.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>

#include "shared/json_file.hpp"

namespace rarena::stress {

namespace {

// Not std::_Exit: ThreadSanitizer puts its own status in place of ours.
[[noreturn]] void end_process(int status) {
  std::fflush(nullptr);
  for (;;) ::syscall(SYS_exit_group, status);
}

}  // namespace

Ending::Ending(const Settings& settings, std::span<const Beat> beats)
    : settings_(settings), beats_(beats), started_(std::chrono::steady_clock::now()) {}

std::uint64_t Ending::operations() const {
  std::uint64_t sum = 0;
  for (const Beat& beat : beats_) sum += beat.operations();
  return sum;
}

double Ending::seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count(); }

std::filesystem::path Ending::write_artifact(const std::string& invariant, const std::string& message,
                                             const std::vector<std::string>& stacks) const {
  const auto path = settings_.directory / fmt::format("violation-{}-{}-{}{}{}.json", key_of(backings, settings_.backing),
                                                      key_of(freelists, settings_.freelist), settings_.bug,
                                                      settings_.bug.empty() ? "" : "-", settings_.seed);
  write_json(path, {{"engine", "churn"},
                    {"invariant", invariant},
                    {"message", message},
                    {"settings", to_json(settings_)},
                    {"seed", settings_.seed},
                    {"operations", operations()},
                    {"seconds", seconds()},
                    {"stacks", stacks}});
  return path;
}

void Ending::violation(const std::string& message, const std::vector<std::string>& stacks) const {
  static std::mutex once;
  if (!once.try_lock())
    for (;;) ::pause();
  const std::string invariant = message.substr(0, message.find(':'));
  const double after = seconds();
  int status = settings_.bug.empty() ? violated : held;
  try {
    const auto artifact = write_artifact(invariant, message, stacks);
    fmt::print("{}\n", message);
    for (const std::string& stack : stacks) fmt::print("{}\n", stack);
    fmt::print("seed {}, after {} operations and {:.2f} s\n", settings_.seed, operations(), after);
    if (!settings_.bug.empty()) fmt::print("bug {}: found as {}\n", settings_.bug, invariant);
    if (!settings_.attempt) fmt::print("again: scripts/repro {}\n", artifact.string());
    if (!settings_.json.empty())
      write_json(settings_.json, {{"settings", to_json(settings_)},
                                  {"result", settings_.bug.empty() ? "violated" : "found"},
                                  {"invariant", invariant},
                                  {"message", message},
                                  {"operations", operations()},
                                  {"seconds", after},
                                  {"artifact", artifact.string()}});
  } catch (const std::exception& error) {
    fmt::print(stderr, "churn: {}; and then: {}\n", message, error.what());
    status = settings_.bug.empty() ? violated : could_not_run;
  }
  end_process(status);
}

}  // namespace rarena::stress
