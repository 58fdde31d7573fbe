// The target schedule: the input chooses the schedule and the stale reads of one scenario (models/schedule).
//
// Which scenario is fixed per process: RARENA_SCENARIO=SCENARIO:FREELIST[:BUG]. RARENA_ARTIFACTS is the folder where
// what replays a violation is written. Beside the edges of the code under test, libFuzzer is shown counters of which access
// followed which, and of which read saw whose write.
//
// Thread safety: one thread. Invariants: those of models/schedule/simulator.hpp.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "fuzz/schedule/mutator.hpp"
#include "models/schedule/random_bytes.hpp"
#include "models/schedule/recording.hpp"
#include "models/schedule/simulator.hpp"

namespace {

using namespace rarena::models;
using namespace rarena::models::schedule;

constexpr std::size_t counter_count = std::size_t{1} << 15U;
[[gnu::section("__libfuzzer_extra_counters")]] std::uint8_t counters[counter_count];

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

Names names_of(const std::string& text) {
  const auto first = text.find(':'), second = first == std::string::npos ? first : text.find(':', first + 1);
  if (first == std::string::npos) return {text, "", ""};
  return {text.substr(0, first), text.substr(first + 1, second == std::string::npos ? second : second - first - 1),
          second == std::string::npos ? "" : text.substr(second + 1)};
}

class Target {
 public:
  Target() : names_(names_of(variable("RARENA_SCENARIO", "free_vs_allocate:pessimistic"))) {
    const auto job = job_of(names_);
    if (!job) {
      std::fprintf(stderr, "RARENA_SCENARIO: %s; expected SCENARIO:FREELIST[:BUG]\n", job.error().c_str());
      std::exit(2);
    }
    job_ = *job;
    simulator_.emplace(*job, nullptr, Counters(counters));
  }

  void judge(std::span<const std::uint8_t> bytes) {
    if (const char* wrong = simulator_->run(bytes)) report(bytes.first(simulator_->used()), wrong);
    used_.remember(bytes, simulator_->used());
  }
  std::size_t used(std::span<const std::uint8_t> bytes) const { return used_.of(bytes); }

 private:
  [[noreturn]] void report(std::span<const std::uint8_t> bytes, const std::string& wrong) const {
    const std::filesystem::path folder = variable("RARENA_ARTIFACTS", "build/artifacts/schedule");
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    const std::string path =
        folder / (names_.scenario + "." + names_.freelist + "." + (names_.bug.empty() ? "shipped" : names_.bug) + ".json");
    const auto written = write_finding(path, {.engine = "schedule",
                                              .names = names_,
                                              .analysis = {},
                                              .bounds = {.scheduler = "random"},
                                              .violation = violation_of(wrong),
                                              .suspects = simulator_->suspects().sentences(),
                                              .attachments = recording_of(bytes)});
    std::fprintf(stderr, "FOUND: %s\n  %s, after %zu choices\n", wrong.c_str(), describe(job_).c_str(), bytes.size());
    if (written)
      std::fprintf(stderr, "finding: %s\nagain: scripts/repro %s\n", path.c_str(), path.c_str());
    else
      std::fprintf(stderr, "%s\n", written.error().c_str());
    std::fflush(stderr);
    std::abort();
  }

  Names names_;
  Job job_;
  std::optional<Simulator> simulator_;
  rarena::fuzz::UsedBytes used_;
};

Target& target() {
  static Target one;
  return one;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  target();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target().judge({data, size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t limit, unsigned seed) {
  limit = std::max(size, std::min(limit, RandomBytes::longest));
  return rarena::fuzz::mutate({data, limit}, target().used({data, size}), seed);
}
