// The simulator: runs executions of one job. An execution is a function of the scenario, the freelist, the bug and the bytes.
//
// Thread safety: one thread of the system. Invariants: all that the scenarios check (models/scenario/monitor.hpp,
// accesses.hpp).
#pragma once

#include <cstdint>
#include <span>

#include "accesses.hpp"
#include "models/engine/job.hpp"
#include "models/engine/suspects.hpp"

namespace rarena::models::schedule {

class Simulator {
 public:
  explicit Simulator(const Job& job, Trace* trace = nullptr, Counters counters = {});

  // nullptr: it held; or what is wrong, a message that begins with the ID of an invariant.
  const char* run(std::span<const std::uint8_t> bytes);

  // Of the last execution: the bytes that it used; the others change nothing. And what may be to blame.
  std::size_t used() const { return scheduler_.used(); }
  Suspects suspects() const;
  Geometry geometry() const { return image_.geometry(); }

 private:
  Job job_;
  Image image_;
  OrderTable orders_;
  Trace* trace_;
  Outcome outcome_;
  Scheduler scheduler_;
  ScheduleAccesses accesses_;
  ScheduleMemory memory_;
};

}  // namespace rarena::models::schedule
