#include "simulator.hpp"

#include "models/engine/thread.hpp"

namespace rarena::models::schedule {

Simulator::Simulator(const Job& job, Trace* trace, Counters counters)
    : job_(job), image_(job.image()), orders_(orders_with(job.bug)), trace_(trace), scheduler_([this](unsigned i) {
        run_thread(job_.scenario, image_, job_.bug, ScheduleStore(memory_), i, outcome_.threads[i]);
      }),
      accesses_(scheduler_, counters), memory_(accesses_, image_, watched(job.bug), orders_, trace) {
  if (trace_) trace_->prepare();
}

const char* Simulator::run(std::span<const std::uint8_t> bytes) {
  if (trace_) trace_->start();
  outcome_ = {};
  accesses_.reset();
  memory_.initialise();
  switch (scheduler_.run(job_.scenario.threads(), bytes)) {
    case Scheduler::End::abandoned: return accesses_.violation();
    case Scheduler::End::no_progress: return "PRG-1: a thread retries for ever, with all threads in turn and nothing stale";
    case Scheduler::End::all_ended: break;
  }
  if (known_format(job_.bug))
    if (const char* wrong = memory_.wrong_at_end(outcome_)) return wrong;
  return job_.scenario.expect.wrong(outcome_);
}

Suspects Simulator::suspects() const {
  Suspects suspects;
  for (const auto& [write, read] : accesses_.unsynchronized()) suspects.add(write, read);
  return suspects;
}

}  // namespace rarena::models::schedule
