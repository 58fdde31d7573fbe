// relacy_engine: runs scenarios and mutants under Relacy. `list` and `run` speak JSON to scripts/verify; `repro` shows
// the trace of a violation, with the lines of the shipped algorithm.
//
// Exit status: 0 held (repro: reproduced), 1 violation (repro: not reproduced), 3 could not run.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "artifact.hpp"

// Relacy replaces the global new and delete but not the sized forms.
void operator delete(void* p, std::size_t) noexcept { ::operator delete(p); }
void operator delete[](void* p, std::size_t) noexcept { ::operator delete[](p); }

namespace {

using namespace rarena::models::relacy;
using nlohmann::ordered_json;
using rarena::models::name;

constexpr int held = 0, violated = 1, could_not_run = 3;

int fail(const std::string& why) {
  std::cout << ordered_json{{"result",
                             {{"verdict", "error"}, {"iterations", 0}, {"seconds", 0.0}, {"message", why}, {"artifact", ""}}}}
            << std::endl;
  std::cerr << "relacy_engine: " << why << std::endl;
  return could_not_run;
}

struct RunOptions {
  std::string scenario, freelist, mutant, scheduler = "bound", artifact;
  unsigned bound = 1;
  std::uint64_t first = 1, iterations = 100'000;
};

int run_job(const RunOptions& options) {
  auto named = resolve({options.scenario, options.freelist, options.mutant}, options.scheduler);
  if (!named) return fail(named.error());
  if (options.first == 0 || (named->job.random && options.iterations == 0))
    return fail("--first and --iterations must be at least 1");
  named->job.bound = options.bound;
  named->job.first = options.first;
  named->job.iterations = options.iterations;
  const Result result = named->entry->runner(named->job.mutant)(named->job);
  std::string written;
  if (result.verdict == Verdict::violation && !options.artifact.empty()) {
    std::ofstream file(options.artifact);
    file << make_artifact(*named, result).dump(2) << "\n";
    if (!file.flush()) return fail("cannot write the artifact '" + options.artifact + "'");
    written = options.artifact;
  }
  std::cout << ordered_json{{"result", to_json(result, written)}} << std::endl;
  return result.verdict == Verdict::held ? held : violated;
}

int repro(const std::string& path, bool raw) {
  auto replay = read_artifact(path);
  if (!replay) {
    std::cerr << "relacy_engine: " << replay.error() << std::endl;
    return could_not_run;
  }
  Job& job = replay->job.job;
  job.traced = true;
  job.raw_history = raw;
  job.iterations = 1;
  const Result result = replay->job.entry->runner(job.mutant)(job);
  std::cout << "scenario " << replay->job.entry->info.name << ", freelist " << name(job.kind)
            << (job.mutant ? ", mutant " + std::string(job.mutant->name) : "") << ": ";
  if (result.kind != replay->kind) {
    std::cout << "NOT reproduced: expected " << replay->kind << ", got " << (result.kind.empty() ? "no violation" : result.kind)
              << std::endl;
    return violated;
  }
  std::cout << "reproduced: " << result.kind << ", " << result.invariant << " (" << result.message << ")" << std::endl;
  return held;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the scenarios of models/ under Relacy: bounded, never exhaustive"};
  app.require_subcommand(1);
  auto* list = app.add_subcommand("list", "print scenarios and corpus as JSON");
  RunOptions options;
  auto* run = app.add_subcommand("run", "run one scenario; JSON lines on standard output");
  run->add_option("--scenario", options.scenario)->required();
  run->add_option("--freelist", options.freelist, "none, optimistic or pessimistic")->required();
  run->add_option("--mutant", options.mutant, "an entry of the corpus instead of the shipped code");
  run->add_option("--scheduler", options.scheduler, "bound: every schedule with at most --bound context switches; random");
  run->add_option("--bound", options.bound);
  run->add_option("--first", options.first, "random: first iteration, which is also its seed");
  run->add_option("--iterations", options.iterations, "random: how many");
  run->add_option("--artifact", options.artifact, "where to write what replays a violation");
  std::string path;
  bool raw = false;
  auto* replay = app.add_subcommand("repro", "replay an artifact and print its history");
  replay->add_option("artifact", path)->required();
  replay->add_flag("--raw", raw, "print Relacy's own history too");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : could_not_run;
  }
  if (list->parsed()) {
    std::cout << catalogue().dump(1) << std::endl;
    return held;
  }
  return run->parsed() ? run_job(options) : repro(path, raw);
}
