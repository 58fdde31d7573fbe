// Events: the nodes of an execution graph.
//
// A read-modify-write is two events of its thread, a read and, next to it, a write. A failed compare-exchange is only a
// read. Accesses to plain data are no events (graph.hpp: Access).
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <source_location>

#include "clock.hpp"

namespace checker {

using Location = std::source_location;

// Position of an event in its graph, in the order of insertion; `initial` stands for the write of the initial value.
using Stamp = std::int16_t;
inline constexpr Stamp initial = -1, no_event = -2;

// Index of an atomic object, or of a plain one, in the program.
using Cell = std::int16_t;
inline constexpr Cell no_cell = -1;

enum class Order : std::uint8_t { relaxed, acquire, release, acq_rel, seq_cst };
constexpr bool acquires(Order o) { return o == Order::acquire || o == Order::acq_rel || o == Order::seq_cst; }
constexpr bool releases(Order o) { return o == Order::release || o == Order::acq_rel || o == Order::seq_cst; }

enum class Kind : std::uint8_t { read, write, fence, choice, block, end };

// What a read does with the value; `load` leaves it.
enum class Operation : std::uint8_t {
  load,
  add,
  exchange,
  bit_and,
  bit_or,
  bit_xor,
  compare,
  compare_weak,
  add_float,
  add_double,
  add_unless  // where none of the bits in `desired` is set
};
constexpr bool compares(Operation o) { return o == Operation::compare || o == Operation::compare_weak; }
// Whether it depends on the value if the operation writes.
constexpr bool may_fail(Operation o) { return compares(o) || o == Operation::add_unless; }

// Why a thread goes no further in an execution.
enum class Obstacle : std::uint8_t { none, assumption, await, retry, step_bound };

// An access, as the code under test asks for it.
struct Request {
  Operation operation = Operation::load;
  Order order = Order::seq_cst;
  Order failure = Order::seq_cst;          // of a compare-exchange that fails
  std::uint8_t label = 0;                  // what the client calls this access (program.hpp)
  std::uint64_t operand = 0;               // stored value; operand of an operation; expected value
  std::uint64_t desired = 0;               // of a compare-exchange; the bits of add_unless; of an end: the run that came there
  std::uint64_t mask = ~std::uint64_t{0};  // the bits of the object
  Location where = {};
};

struct Event {
  Clock happens_before;  // what happens-before it, itself and (reads) what its source brings included
  Clock prefix;          // po u rf predecessors, itself included
  Clock message;         // writes: what an acquiring reader synchronizes with
  Clock seen;            // messages of everything its thread has read so far, for acquire fences

  Request request;
  std::uint64_t value = 0;  // read, written, or chosen

  Cell cell = no_cell;
  std::int16_t index = 0;          // in its thread
  Stamp source = no_event;         // reads: the write read from
  std::int16_t place = 0;          // writes: position in the coherence order, from 1
  std::int16_t release_fence = 0;  // 1 + index of the thread's latest release fence, 0: none
  std::uint8_t thread = 0;
  Kind kind = Kind::end;
  Obstacle obstacle = Obstacle::none;
  bool updates = false;   // part of a read-modify-write that wrote
  bool spurious = false;  // a weak compare-exchange that failed at an equal value

  // The order in force: of a compare-exchange it depends on the outcome.
  Order order() const {
    return kind == Kind::read && may_fail(request.operation) && !updates ? request.failure : request.order;
  }
  // Whether this event, or one po-after it, is the clock's owner's predecessor.
  bool in(const Clock& clock) const { return index < clock[thread]; }
};

}  // namespace checker
