#include "check.hpp"

#include "models/checker/report/trace.hpp"

namespace checker {

Explorer::Options explorer_options(const Options& o) {
  return {.limits = {.weak_failures = o.weak_failures,
                     .step_bound = static_cast<int>(o.step_bound),
                     .step_bound_is_violation = o.step_bound_is_violation,
                     .prune_retries = o.prune_retries},
          .deviations = o.mode == Mode::bounded ? static_cast<int>(o.deviations) : -1,
          .shard = {},
          .stop_at_violation = o.stop_at_violation,
          .check_duplicates = o.check_duplicates,
          .maximum_executions = o.maximum_executions,
          .progress = o.progress};
}

Sampler::Options sampler_options(const Options& o) {
  return {.limits = explorer_options(o).limits,
          .seed = o.seed,
          .samples = o.samples,
          .first = 0,
          .stop_at_violation = o.stop_at_violation,
          .maximum_executions = o.maximum_executions,
          .progress = o.progress};
}

Result check(const Options& options, std::vector<std::function<void()>> threads) {
  Program& program = Objects::of_this_thread().program();
  program.threads = std::move(threads);
  program.finally = options.finally;
  // What the closures own is not kept beyond the check.
  struct Clear {
    Program& program;
    ~Clear() {
      program.threads.clear();
      program.finally = nullptr;
    }
  } const clear{program};
  if (options.mode == Mode::random) return Sampler(program, sampler_options(options)).run();
  return Explorer(program, explorer_options(options)).run().result;
}

std::string explain(const Violation& violation) {
  return render(Objects::of_this_thread().program(), violation.graph, &violation);
}

}  // namespace checker
