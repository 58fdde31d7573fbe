// ExpectedArena: a reference arena and the live segments of one history. It turns an operation into calls, and says what each
// of them must return.
//
// Thread safety: a value. Invariants: those of the reference; SEG-1 (live segments are what was granted and not given up).
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "models/operations/operation.hpp"
#include "models/reference_arena/reference_arena.hpp"

namespace rarena::operations {

using reference::Granted;
using reference::ReferenceArena;

// One call of the arena, with its arguments and its result. An opening is a call too.
struct Call {
  enum class Name : std::uint8_t {
    allocate,            // size, alignment, zero
    dealloc,             // extent
    increase_discarded,  // size
    discard_freelist,    // bytes: what it returns
    set_minimum,         // size
    flush,               // extent
    clear,
    rewind_start,  // size, and so on
    rewind_end,
    rewind_down,
    compact,
    rebuild,   // live
    truncate,  // size
    reopen,
    crash,
    power_loss,
    copied,
    merge,  // bytes: what it returns
  };
  Name name{};
  std::uint64_t size = 0, alignment = 1;
  bool zero = false;
  Extent extent = {};
  std::vector<Extent> live = {};
  // What must come of it.
  std::expected<void, Error> result = {};
  Granted granted = {};
  Size bytes = 0;
};

class ExpectedArena {
 public:
  // Errors: those of making the arena.
  static std::expected<ExpectedArena, Error> make(const Setting& setting);

  // The calls of an operation, in their order; the state afterwards is that after all of them, if no merges are made where the
  // reference asks.
  std::vector<Call> apply(const Operation& operation) { return apply(operation, 0); }

  // All that may come of an operation, by what the reference is answered. The calls are the same, and their results may differ.
  struct Possible;
  std::vector<Possible> possible(const Operation& operation) const;

  const Setting& setting() const { return setting_; }
  const ReferenceArena& arena() const { return arena_; }
  // Live segments, the oldest first.
  const std::vector<Extent>& live() const { return live_; }
  std::uint64_t live_bytes() const;

 private:
  ExpectedArena(const Setting& setting, ReferenceArena arena) : setting_(setting), arena_(std::move(arena)) {}

  std::vector<Call> apply(const Operation& operation, std::uint32_t merges);
  Call allocate(const Operation& operation);
  std::vector<Call> free(const Operation& operation);
  Call dealloc(Extent bytes);
  Call give_up(const Operation& operation);
  Call rewind(const Operation& operation);
  Call rebuild(const Operation& operation);
  Call open_again(const Operation& operation);
  void keep_below(std::uint64_t position);

  Setting setting_;
  ReferenceArena arena_;
  std::vector<Extent> live_;
};

struct ExpectedArena::Possible {
  std::vector<Call> calls;
  ExpectedArena after;
};

// The options that a setting describes.
Options options_of(const Setting& setting);

}  // namespace rarena::operations
