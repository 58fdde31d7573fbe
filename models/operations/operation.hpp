// The operation language: what randomized engines do to one arena, as values. An arena is made as a Setting says, and then the
// operations follow; each makes sense in every state, so any part of a history is a history again.
//
//     bytes.hpp   any bytes are a history, and a history has bytes: libFuzzer
//     text.hpp    as lines that a person reads, writes and diffs: artifacts, regression tests
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <vector>

#include "core/layout/extent.hpp"
#include "core/layout/prefix.hpp"
#include "models/reference_arena/reference_arena.hpp"

namespace rarena::operations {

using reference::Backing;

enum class StoreKind : std::uint8_t { atomic, plain };

inline constexpr std::uint16_t index_limit = 2048;

// How the arena is made.
struct Setting {
  Backing backing = Backing::heap;
  Freelist freelist = Freelist::optimistic;
  StoreKind store = StoreKind::atomic;
  bool unify = false;
  std::uint16_t capacity = 1024;
  std::uint8_t reserved = 0;
  std::uint16_t alignment = 8;  // Options::maximum_alignment: a power of two up to 1024, or 3, which is none
  std::uint16_t minimum = 20;
  std::uint8_t reserve = 16;  // descriptors
  std::uint8_t retries = 5;
  Merging merging = Merging::automatic;
  std::uint16_t index = 0;  // bytes, below index_limit
  Reuse reuse = Reuse::at_exhaustion;

  friend bool operator==(const Setting&, const Setting&) = default;
};

// An operation. `choice` names a live segment by its number, counted round and round: the oldest is 0. What else it means, and
// what `amount` does, each kind says.
struct Operation {
  enum class Kind : std::uint8_t {
    allocate,      // `amount` bytes; choice: the exponent of the alignment, or one of the two below; zeroed or not
    free,          // a live segment
    free_front,    // its first bytes; amount: how many, counted round
    free_back,     // its last bytes
    free_split,    // its first bytes, and then, in a second call, the others
    give_up,       // a live segment counts as discarded
    free_outside,  // dealloc of `amount` bytes, at least 1, that begin at the cursor: an error
    discard_freelist,
    minimum,  // set_minimum_segment_size: amount
    flush,    // header, and a live segment
    clear,
    rewind_keep,   // to so many bytes above data_offset, counted round
    rewind_start,  // ArenaPosition::start(amount), and so on: may be out of range
    rewind_end,
    rewind_down,      // ArenaPosition::current(-amount)
    compact,          // compact_freelist
    rebuild,          // with the live segments, but for those that the bits of `choice` drop, by number modulo 8
    rebuild_twice,    // with one of them given twice: an error if there is one
    rebuild_outside,  // with bytes above the cursor: an error
    truncate,         // capacity: amount
    reopen,           // closes and opens. In memory this and the next three are nothing
    crash,            // the process dies between two calls, and the file is opened again
    power_loss,       // the same with a seal that nobody can trust: the lists are dropped
    copied,           // a copy that was made while the file was open is put back: the lists are dropped
    merge,
  };
  static constexpr std::uint8_t kinds = 25;
  // Alignments that are none: 0 and 3.
  static constexpr std::uint8_t alignment_zero = 14, alignment_three = 15;

  Kind kind = Kind::allocate;
  std::uint8_t choice = 0;
  bool zero = false;  // allocate only
  std::uint64_t amount = 0;

  friend bool operator==(const Operation&, const Operation&) = default;
};

constexpr bool has_choice(Operation::Kind kind) {
  using enum Operation::Kind;
  return kind <= give_up || kind == flush || kind == rebuild || kind == rebuild_twice;
}
constexpr bool has_amount(Operation::Kind kind) {
  using enum Operation::Kind;
  switch (kind) {
    case allocate:
    case free_front:
    case free_back:
    case free_split:
    case free_outside:
    case minimum:
    case rewind_keep:
    case rewind_start:
    case rewind_end:
    case rewind_down:
    case rebuild_outside:
    case truncate: return true;
    default: return false;
  }
}
// Amounts that are sizes or positions of 64 bits; the others are below 2^16.
constexpr bool has_wide_amount(Operation::Kind kind) {
  using enum Operation::Kind;
  return kind == allocate || kind == minimum || kind == truncate || (kind >= rewind_start && kind <= rewind_down);
}
// The same without what its kind does not look at.
constexpr Operation plain(Operation operation) {
  if (!has_choice(operation.kind)) operation.choice = 0;
  if (!has_amount(operation.kind)) operation.amount = 0;
  if (operation.kind != Operation::Kind::allocate) operation.zero = false;
  return operation;
}

struct History {
  Setting setting;
  std::vector<Operation> operations;

  friend bool operator==(const History&, const History&) = default;
};

// The sizes that a call may be given: all of 16 bits, and as many below and above 2^32, where 32 bits end.
inline constexpr std::uint64_t sizes = 1U << 16U, four_gigabytes = std::uint64_t{1} << 32U;

constexpr bool is_size(std::uint64_t amount) {
  return amount < sizes || (amount >= four_gigabytes - sizes && amount < four_gigabytes + sizes);
}

// The amounts of a kind. A file is not made longer than 64 KiB.
constexpr bool is_amount(Operation::Kind kind, std::uint64_t amount) {
  if (amount < sizes) return true;
  return has_wide_amount(kind) && is_size(amount) && (kind != Operation::Kind::truncate || amount >= four_gigabytes);
}

}  // namespace rarena::operations
