// The simulator: runs executions of one scenario on one variant of the allocator. An execution is a function of the
// scenario, the freelist, the mutant and the bytes.
//
// Thread safety: one thread of the system. Invariants: all that the scenarios check (models/scenario/monitor.hpp,
// memory.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "memory.hpp"
#include "models/corpus/corpus.hpp"
#include "models/engine/selection.hpp"

namespace rarena::models::schedule {

// What thread i of a scenario does, on a variant; and the scenario without its type.
struct Program {
  const Info* info;
  Image (*image)(Freelist);
  void (*thread)(ScheduleMemory& memory, Lie lie, unsigned i, Outcome::Thread& books);
  const char* (*expect)(const Outcome&);
  bool known_format;
};

// What one job of the command line or of the fuzzer is about.
using Runner = const Program*;
using Job = Selection<Runner>;

class Simulator {
 public:
  explicit Simulator(const Job& job, Trace* trace = nullptr, Counters counters = {});

  // nullptr: it held; or what is wrong, a message that begins with the ID of an invariant.
  const char* run(std::span<const std::uint8_t> bytes);

  // Bytes that the last execution used; the others change nothing.
  std::size_t used() const { return scheduler_.used(); }
  Geometry geometry() const { return memory_.image().geometry(); }

 private:
  static OrderTable orders_of(const Job& job);

  const Program& program_;
  Lie lie_;
  Trace* trace_;
  Outcome outcome_;
  Scheduler scheduler_;
  ScheduleMemory memory_;
};

// "SEG-1: ..." -> "SEG-1"
inline std::string_view invariant_of(std::string_view message) { return message.substr(0, message.find(':')); }

}  // namespace rarena::models::schedule
