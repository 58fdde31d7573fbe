// Recordings: an execution as data, for artifacts. Equal executions give equal recordings, in whatever order they were built:
// events have names (thread, index), and neither stamps nor addresses occur.
//
// JSON is canonical: to_json(from_json(text)) writes the same bytes for every text that to_json wrote. 64-bit values are
// hexadecimal strings, names of events are strings such as "0.3", and what has its usual value is left out.
//
// Thread safety: values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/checker/explore/result.hpp"
#include "models/checker/graph/program.hpp"

namespace checker {

// The name of an event: its thread and its index there. No thread: the write of the initial value.
struct EventName {
  int thread = -1;
  int index = -1;
  bool is_initial() const { return thread < 0; }
  friend auto operator<=>(const EventName&, const EventName&) = default;
};

// What a kind of event does not use keeps its default.
struct RecordedEvent {
  Kind kind = Kind::end;
  Operation operation = Operation::load;   // reads
  Cell cell = no_cell;                     // reads and writes
  Order order = Order::relaxed;            // reads, plain stores, fences: as asked for
  Order failure = Order::relaxed;          // compare-exchanges
  Obstacle obstacle = Obstacle::none;      // blocks
  std::uint8_t label = 0;                  // reads and plain stores
  bool updates = false;                    // reads and writes
  bool spurious = false;                   // reads
  int number = 0;                          // choices: how many options; retries, awaits: the first event of the loop
  std::uint64_t operand = 0;               // of an operation; compare-exchanges: the expected value
  std::uint64_t desired = 0;               // compare-exchanges
  std::uint64_t mask = ~std::uint64_t{0};  // additions: the bits of the object
  std::uint64_t value = 0;                 // read, written or chosen
  EventName source{};                      // reads
  std::string where{};                     // file:line; replays do not depend on it
  friend bool operator==(const RecordedEvent&, const RecordedEvent&) = default;
};

struct RecordedAccess {
  Cell datum = 0;
  int position = 0;  // how many events of its thread lie before it
  bool writes = false;
  std::uint8_t label = 0;
  std::uint64_t value = 0;
  std::uint64_t before = 0;  // exchanges: the value replaced
  std::string where{};
  friend bool operator==(const RecordedAccess&, const RecordedAccess&) = default;
};

struct RecordedThread {
  std::vector<RecordedEvent> events;
  std::vector<RecordedAccess> accesses;
  friend bool operator==(const RecordedThread&, const RecordedThread&) = default;
};

struct RecordedObject {
  std::string name;
  std::uint64_t initial = 0;
  friend bool operator==(const RecordedObject&, const RecordedObject&) = default;
};

struct RecordedViolation {
  Fault fault = Fault::assertion;
  std::string message;
  int thread = -1;  // -1: of no thread
  std::string where{};
  friend bool operator==(const RecordedViolation&, const RecordedViolation&) = default;
};

struct Recording {
  std::vector<RecordedObject> cells, data;
  std::vector<RecordedThread> threads;
  std::vector<std::vector<EventName>> coherence;  // per cell, without the initial write
  std::optional<RecordedViolation> violation;
  friend bool operator==(const Recording&, const Recording&) = default;
};

Recording record(const Program& program, const Graph& graph);
// The execution of a violation, as far as it went, and what is wrong with it.
Recording record(const Program& program, const Violation& violation);

RecordedEvent recorded_event(const Graph& graph, Stamp event);
RecordedAccess recorded_access(const Access& access);

std::string to_text(const EventName& name);  // "0.3", or "initial"
std::string to_text(const Location& where);  // "file:line"
std::string to_hexadecimal(std::uint64_t value);
// One line each, with everything that a replay depends on.
std::string describe(const Recording& recording, const RecordedEvent& event);
std::string describe(const Recording& recording, const RecordedAccess& access);

std::string to_json(const Recording& recording);
// Throws std::invalid_argument that says where in the recording what was expected and what was found.
Recording from_json(std::string_view text);

// Throws std::invalid_argument if no program can have this execution under RC11: a source or a place that coherence or
// atomicity forbids, a value that its source does not have, a cycle of program order and reads-from or of seq_cst accesses, a
// data race between recorded accesses, a name of nothing.
void validate(const Recording& recording);

}  // namespace checker
