#include "simulator.hpp"

namespace rarena::models::schedule {

Simulator::Simulator(const Job& job, Trace* trace, Counters counters)
    : program_(*job.entry->runner(job.mutant)), lie_(job.mutant ? job.mutant->lie : Lie::none), trace_(trace),
      scheduler_([this](unsigned i) { program_.thread(memory_, lie_, i, outcome_.threads[i]); }),
      memory_(scheduler_, program_.image(job.kind), program_.known_format && (!job.mutant || job.mutant->watch), orders_of(job),
              trace, counters) {
  if (trace_) trace_->prepare();
}

const char* Simulator::run(std::span<const std::uint8_t> bytes) {
  if (trace_) trace_->start();
  outcome_ = {};
  memory_.initialise();
  switch (scheduler_.run(program_.info->threads, bytes)) {
    case Scheduler::End::abandoned: return memory_.violation();
    case Scheduler::End::no_progress: return "PRG-1: a thread retries for ever, with all threads in turn and nothing stale";
    case Scheduler::End::all_ended: break;
  }
  if (program_.known_format)
    if (const char* wrong = memory_.wrong_at_end(outcome_)) return wrong;
  return program_.expect(outcome_);
}

OrderTable Simulator::orders_of(const Job& job) {
  OrderTable orders;
  if (job.mutant)
    for (const OtherOrder& other : job.mutant->other_orders()) orders[other.site].order = other.order;
  return orders;
}

}  // namespace rarena::models::schedule
