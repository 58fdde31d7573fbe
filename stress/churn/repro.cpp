#include "churn/repro.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "churn/run.hpp"

namespace rarena::stress {

namespace {

nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return nlohmann::json::parse(in);
}

[[noreturn]] void attempt(const Settings& settings) {
  int status = held;
  try {
    Run(settings).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "churn: {}\n", error.what());
    status = could_not_run;
  }
  std::fflush(nullptr);
  ::_exit(status);
}

void run_in_a_process(const Settings& settings) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) attempt(settings);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  if (WIFEXITED(status) && WEXITSTATUS(status) == could_not_run) throw std::runtime_error("an attempt could not run");
}

}  // namespace

int repro(const std::filesystem::path& artifact, unsigned attempts) {
  const nlohmann::json recorded = read_json(artifact);
  if (recorded.at("engine") != "churn") throw std::runtime_error("expected an artifact of churn, found " + artifact.string());
  const std::string wanted = recorded.at("invariant");
  Settings settings = settings_from(recorded.at("settings"));
  settings.directory = std::filesystem::temp_directory_path() / fmt::format("churn-repro.{}", ::getpid());
  settings.attempt = true;
  settings.json = settings.directory / "seen.json";
  fmt::print("recorded: {}\nThe same options and seed again, at most {} times; schedules do not repeat.\n",
             recorded.at("message").get<std::string>(), attempts);
  for (unsigned i = 1; i <= attempts; ++i) {
    std::filesystem::remove_all(settings.directory);
    run_in_a_process(settings);
    if (!std::filesystem::exists(settings.json)) continue;
    const std::string found = read_json(settings.json).at("invariant");
    std::filesystem::remove_all(settings.directory);
    fmt::print("attempt {}: {}\n", i, found == wanted ? "reproduced" : "another invariant, " + found);
    if (found == wanted) return held;
  }
  std::filesystem::remove_all(settings.directory);
  fmt::print("not reproduced in {} attempts\n", attempts);
  return violated;
}

}  // namespace rarena::stress
