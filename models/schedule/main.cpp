// schedule_engine: runs scenarios and mutants on random inputs of the scheduler. `list` and `run` speak JSON to scripts/verify;
// `repro` shows the trace of a violation, also of one that the fuzzer found.
//
// Exit status: 0 held (repro: reproduced), 1 violation (repro: not reproduced), 3 could not run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "artifact.hpp"
#include "budget.hpp"
#include "random_bytes.hpp"

namespace {

using namespace rarena::models::schedule;
using nlohmann::ordered_json;
using rarena::models::Names;
using rarena::models::Trace;

constexpr int held = 0, violated = 1, could_not_run = 3;

int fail(const std::string& why) {
  std::cout << ordered_json{{"result",
                             {{"verdict", "error"}, {"iterations", 0}, {"seconds", 0.0}, {"message", why}, {"artifact", ""}}}}
            << std::endl;
  std::cerr << "schedule_engine: " << why << std::endl;
  return could_not_run;
}

struct RunOptions {
  Names names;
  std::string scheduler = "random", artifact;
  std::uint64_t first = 1, iterations = quick_inputs;
};

// Says about once a second how far a run is.
class ProgressLine {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  void operator()(std::uint64_t iterations) {
    if ((iterations & 1023U) != 0 || Clock::now() - last_ < std::chrono::seconds(1)) return;
    last_ = Clock::now();
    fmt::print("{{\"progress\":{{\"iterations\":{},\"seconds\":{:.1f}}}}}\n", iterations, seconds());
    std::fflush(stdout);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now(), last_ = begin_;
};

int run_job(const RunOptions& options) {
  const auto job = resolve(options.names);
  if (!job) return fail(job.error());
  if (options.scheduler != "random") return fail("no scheduler is called '" + options.scheduler + "'; expected random");
  if (options.first == 0 || options.iterations == 0) return fail("--first and --iterations must be at least 1");
  Simulator simulator(*job);
  RandomBytes random;
  ProgressLine progress;
  const char* wrong = nullptr;
  std::string written;
  std::uint64_t done = 0;
  while (done < options.iterations && !wrong) {
    const auto bytes = random(options.first + done++);
    wrong = simulator.run(bytes);
    progress(done);
    if (!wrong || options.artifact.empty()) continue;
    const auto used = bytes.first(simulator.used());
    if (!write_artifact(options.artifact, {options.names, {used.begin(), used.end()}, wrong}))
      return fail("cannot write the artifact '" + options.artifact + "'");
    written = options.artifact;
  }
  const std::string message = wrong ? wrong : "";
  std::cout << ordered_json{{"result",
                             {{"verdict", wrong ? "violation" : "held"},
                              {"iterations", done},
                              {"seconds", progress.seconds()},
                              {"kind", invariant_of(message)},
                              {"invariant", invariant_of(message)},
                              {"message", message},
                              {"artifact", written}}}}
            << std::endl;
  return wrong ? violated : held;
}

int repro(const std::string& path) {
  const auto artifact = read_artifact(path);
  const auto job = artifact ? resolve(artifact->names) : std::unexpected(artifact.error());
  if (!job) {
    std::cerr << "schedule_engine: " << job.error() << std::endl;
    return could_not_run;
  }
  Trace trace;
  Simulator simulator(*job, &trace);
  const char* wrong = simulator.run(artifact->bytes);
  trace.print(simulator.geometry());
  const bool same = wrong && invariant_of(wrong) == invariant_of(artifact->message);
  std::cout << "scenario " << describe(artifact->names) << ": ";
  if (same)
    std::cout << "reproduced: " << wrong << std::endl;
  else
    std::cout << "NOT reproduced: expected " << invariant_of(artifact->message) << ", got " << (wrong ? wrong : "no violation")
              << std::endl;
  return same ? held : violated;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the scenarios of models/ on random schedules with stale reads: a sample, never exhaustive"};
  app.require_subcommand(1);
  auto* list = app.add_subcommand("list", "print scenarios and corpus as JSON");
  RunOptions options;
  auto* run = app.add_subcommand("run", "run one scenario; JSON lines on standard output");
  run->add_option("--scenario", options.names.scenario)->required();
  run->add_option("--freelist", options.names.freelist, "none, optimistic or pessimistic")->required();
  run->add_option("--mutant", options.names.mutant, "an entry of the corpus instead of the shipped code");
  run->add_option("--scheduler", options.scheduler, "random, the only one");
  run->add_option("--first", options.first, "the first seed");
  run->add_option("--iterations", options.iterations, "how many seeds");
  run->add_option("--artifact", options.artifact, "where to write what replays a violation");
  std::string path;
  auto* replay = app.add_subcommand("repro", "replay an artifact and print its history");
  replay->add_option("artifact", path)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : could_not_run;
  }
  if (list->parsed()) {
    std::cout << catalogue().dump(1) << std::endl;
    return held;
  }
  return run->parsed() ? run_job(options) : repro(path);
}
