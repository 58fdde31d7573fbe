#include "check.hpp"

#include "models/checker/explore/explorer.hpp"
#include "models/checker/explore/sampler.hpp"
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
          .progress = o.progress};
}

}  // namespace

Result check(const Options& options, std::vector<std::function<void()>> threads) {
  if (Execution* outer = Execution::current())
    outer->misuse("check() is called by a thread of a check: checks do not nest", {});
  Program program = Objects::of_this_process().copy();
  program.threads = std::move(threads);
  program.finally = options.finally;
  Result result = options.mode == Mode::random ? Sampler(program, sampler_options(options)).run()
                                               : Explorer(program, explorer_options(options)).run().result;
  if (result.violation) {
    program.threads.clear();  // what the closures own is not kept
    program.finally = nullptr;
    program.judge = nullptr;
    result.violation->program = std::make_shared<const Program>(std::move(program));
  }
  return result;
}

std::string explain(const Violation& violation) {
  return render(violation.program ? *violation.program : Objects::of_this_process().copy(), violation.graph, &violation);
}

}  // namespace checker
