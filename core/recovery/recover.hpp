// Recovery: what opening a memory for writing does to it, and the report of it.
//
//     clean, process_died     the lists are trusted, if a structural walk finds nothing wrong. A segment that a dying thread
//                             had marked and not unlinked was never handed out: it is unmarked, and free again where it is.
//                             The boundaries of the index leave the list
//     untrusted               the lists are dropped, and the discarded bytes are no longer counted: of all that they named,
//                             some may be live. Everything is unlisted until the arena is rebuilt
//
// Then the memory is sealed as it is now, which vouches for the lists until the marker of the new opening becomes the seal: a
// new generation, and which file this is. Last, the root boundaries are planted in the list: no list with a boundary has the
// sum that was sealed, so whatever pages a power loss mixes, the old seal does not vouch for the new list.
//
// Between the marker and the roots, descriptors are released if there are many that nobody uses: more than are kept, and more
// than a quarter of the free segments. The list is made anew beside the old ones (new_list.hpp), of which no descriptor, used
// or not, is overwritten, and one store lets it take their place. So a kill leaves the one or the other, with the unused
// descriptors unlisted at worst, and a power loss that loses the header leaves old lists that the old seal fits. Otherwise, or
// where the free bytes have no room for the new list, nothing is released: a new list takes as many writes as it has segments.
//
// Segments and descriptors that threads held when they died are in no list; nobody but the user can say which of the unlisted
// bytes are live: rebuild.
//
// Progress, thread safety: plan.hpp. Invariants: REC-2, REC-3, FL-1 (a marked descriptor is still in its place: whoever puts
// something next to it has unlinked it first).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include "../layout/seal.hpp"
#include "plan.hpp"
#include "structure.hpp"

namespace rarena {

/// So many segments, with so many bytes together.
struct Tally {
  /// How many.
  std::uint64_t segments = 0;
  /// Bytes of all of them.
  std::uint64_t bytes = 0;

  /// Whether both are the same.
  friend bool operator==(const Tally&, const Tally&) = default;
};

/// What an opening found, and what it did about it.
struct Recovery {
  /// How the memory was left, as the opening took it.
  enum class Opening : std::uint8_t {
    fresh,         ///< made new
    clean,         ///< it had been closed
    process_died,  ///< it had not, and the machine has run since
    untrusted,     ///< power loss, a copy made while it was open, or damage: `doubt` says which
    unsealed,      ///< a file of the Rust crate, which has no seal
    joined,        ///< others have it open, or may have (Options::shared): nothing was examined, and nothing was done
  };
  /// How it was left.
  Opening opening = Opening::fresh;
  Doubt doubt = Doubt::none;     ///< why it is untrusted
  bool identified = true;        ///< whether which file this is could be told: if not, a later death leaves it untrusted
  bool witnessed = true;         ///< whether a thread stands for its process: if not, the same
  Tally kept = {};               ///< free segments that the list names, with the reclaimed ones, before any are released
  Tally reclaimed = {};          ///< of these: those that a thread had marked when it died
  Tally dropped = {};            ///< free segments that an untrusted list named, as far as it could be followed
  std::uint64_t lost_bytes = 0;  ///< bytes that dropped lists and counter named, as far as they could be followed
  std::uint64_t cut_bytes = 0;   ///< bytes that lay behind the end of the file, which was cut short
  /// Bytes that are in no list and not discarded: live, or lost with a thread that held them.
  std::uint64_t unlisted_bytes = 0;

  /// Whether all of it is the same.
  friend bool operator==(const Recovery&, const Recovery&) = default;
};

/// The name of an opening. For ever valid.
[[nodiscard]] const char* name(Recovery::Opening opening);

namespace detail {

// How a memory was left.
struct Left {
  // How it was left.
  Recovery::Opening opening = Recovery::Opening::untrusted;
  // Why it is untrusted, if it is.
  Doubt doubt = Doubt::none;

  // Whether both are the same.
  friend bool operator==(const Left&, const Left&) = default;
};
// That of a memory: `lists` is the sum of its lists as far as a walk could follow them, `now` which file it is. A file of
// format version 1 is clean or untrusted. Error: identity_unknown.
std::expected<Left, Error> left_as(const MemoryView& view, std::uint64_t lists, const std::expected<FileIdentity, Error>& now);

// What recovery makes of a memory.
struct Recovered {
  // What a user is told of it.
  Recovery report;
  Structure structure;  // afterwards, but for the root boundaries between the segments
  Plan plan;            // the writes that bring the memory there
  Plan undo;            // those that take them back, as plan_undo
};

// `before` is what was examined of the memory, and `now` which file it is: nullopt if that is not known. In an untrusted
// structure anything may have been violated; a cursor that is out of its bounds goes to the end of the memory. The witness of
// the new opening is there before the plan is written. So many unused descriptors are never released.
Recovered recover(const MemoryView& view, Structure before, Left left, const std::optional<FileIdentity>& now,
                  std::size_t kept = kept_spare);

// The same of a memory of `capacity` bytes that is only read: there is nothing to write.
Recovered recover_for_reading(Structure before, Left left, Size capacity);

// What a close does before it seals.
struct Closing {
  Plan plan;                // the writes that take the boundaries out
  std::uint64_t lists = 0;  // the sum to seal
};
// The boundaries leave the list, of which `lists` is the sum that is then sealed. The structure is what was examined of the
// memory. Throws std::bad_alloc.
Closing plan_closing(const MemoryView& view, const Structure& structure);

// The generation of the next opening: never 0, which no opening has, and never with the witness cell of the last one.
std::uint64_t next_generation(const MemoryView& view);

}  // namespace detail

}  // namespace rarena
