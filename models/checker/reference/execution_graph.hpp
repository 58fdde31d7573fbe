// An execution of a program, or a part of one: per thread the events so far, what each read reads from, and the order of
// the writes of each atomic location.
//
// An RMW is one event that reads and writes; a failed CAS is an event that only reads. Only atomic reads have a source.
//
// Thread safety: values only.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "models/checker/reference/program.hpp"

namespace checker::reference {

// An event: the number of its thread and its number there. The initial write of a location is event `location` of the
// thread initial_thread.
struct Name {
  std::uint8_t thread = 0;
  std::uint8_t index = 0;

  friend auto operator<=>(Name, Name) = default;
};

inline constexpr std::uint8_t initial_thread = 15;

struct Event {
  Operation operation = Operation::load;
  Order order = Order::relaxed;  // of a failed CAS, its failure order
  std::uint8_t location = 0;
  bool reads = false;  // atomically
  bool writes = false;
  bool spurious = false;
  Name source{};  // of an atomic read
  unsigned read_value = 0;
  unsigned written_value = 0;
};

struct ExecutionGraph {
  std::vector<std::vector<Event>> threads;
  std::array<std::vector<Name>, atomic_locations> coherence;  // without the initial write, which comes first

  // What the write of that name wrote.
  unsigned value_of(Name write) const {
    return write.thread == initial_thread ? 0 : threads[write.thread][write.index].written_value;
  }

  // Two executions of one program are the same if and only if their keys are: the rest of an execution follows from the
  // sources, the spurious failures and the coherence orders.
  std::string key() const {
    std::string result;
    const auto put = [&](Name name) { result += static_cast<char>(name.thread << 4U | name.index); };
    for (const auto& events : threads) {
      result += static_cast<char>(events.size());
      for (const Event& event : events) {
        if (!event.reads) continue;
        put(event.source);
        result += event.spurious ? 's' : '-';
      }
    }
    for (const auto& order : coherence)
      for (const Name write : order) put(write);
    return result;
  }
};

}  // namespace checker::reference
