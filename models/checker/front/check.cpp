#include "check.hpp"

#include <stdexcept>
#include <utility>

#include "models/checker/explore/explorer.hpp"
#include "models/checker/explore/sampler.hpp"
#include "models/checker/report/recording.hpp"
#include "models/checker/report/replayer.hpp"
#include "models/checker/report/trace.hpp"

namespace checker {

namespace {

Explorer::Options explorer_options(const Options& o) {
  return {.limits = {.weak_failures = o.weak_failures,
                     .step_bound = static_cast<int>(o.step_bound),
                     .step_bound_is_violation = o.step_bound_is_violation,
                     .prune_retries = o.prune_retries,
                     .find_loops = o.prune_retries,
                     .patience = static_cast<int>(o.patience)},
          .deviations = o.mode == Mode::bounded ? static_cast<int>(o.deviations) : -1,
          .shard = {},
          .stop_at_violation = o.stop_at_violation,
          .check_duplicates = o.check_duplicates,
          .audit = true,
          .maximum_executions = o.maximum_executions,
          .time_limit = o.time_limit,
          .progress = o.progress};
}

Sampler::Options sampler_options(const Options& o) {
  Execution::Limits limits = explorer_options(o).limits;
  limits.find_loops = false;  // its threads take turns, so that such a loop ends, too
  return {.limits = limits,
          .seed = o.seed,
          .samples = o.samples,
          .first = 0,
          .stop_at_violation = o.stop_at_violation,
          .maximum_executions = o.maximum_executions,
          .time_limit = o.time_limit,
          .progress = o.progress};
}

Program program_of(const Options& options, std::vector<std::function<void()>> threads) {
  if (Execution* outer = Execution::current())
    outer->misuse("check() is called by a thread of a check: checks do not nest", {});
  Program program = Objects::of_this_process().copy();
  program.threads = std::move(threads);
  program.finally = options.finally;
  return program;
}

// What the closures own is not kept.
void keep_names(std::optional<Violation>& violation, Program& program) {
  if (!violation) return;
  program.threads.clear();
  program.finally = nullptr;
  program.judge = nullptr;
  violation->program = std::make_shared<const Program>(std::move(program));
}

}  // namespace

Result check(const Options& options, std::vector<std::function<void()>> threads) {
  Program program = program_of(options, std::move(threads));
  Result result = options.mode == Mode::random ? Sampler(program, sampler_options(options)).run()
                                               : Explorer(program, explorer_options(options)).run().result;
  keep_names(result.violation, program);
  return result;
}

Estimate estimate(const Options& options, std::vector<std::function<void()>> threads, std::size_t population) {
  const Program program = program_of(options, std::move(threads));
  return Explorer(program, explorer_options(options)).estimate(options.seed, population);
}

std::string artifact(const Violation& violation) {
  if (!violation.program) throw std::invalid_argument("expected a violation of a check, found one without its objects");
  return to_json(record(*violation.program, violation));
}

Replay replay(std::string_view artifact, const Options& options, std::vector<std::function<void()>> threads) {
  const Recording recording = from_json(artifact);
  Program program = program_of(options, std::move(threads));
  Replay result = Replayer(program, recording).run();
  keep_names(result.violation, program);
  return result;
}

std::string explain(const Violation& violation) {
  return render(violation.program ? *violation.program : Objects::of_this_process().copy(), violation.graph, &violation);
}

}  // namespace checker
