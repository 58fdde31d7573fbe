// Reopening: a file that a crash has left is opened by the shipped recovery, and what comes of it is judged.
//
//     it is accepted, and afterwards sound: SEG-1, FL-1, no marked descriptor in the list, and the report tells the truth
//     nothing that must be kept is free, is a descriptor, or lies above the cursor
//     what was open is not taken for closed, and what was closed is
//     a second recovery changes nothing but what every opening writes anew (REC-3)
//     the arena works: everything there is gets allocated, freed again and joined, and all of that holds still
//     a rebuild finds again what is in no list and nobody's
//     a kill after any of recovery's writes, recovered, ends in the same bytes; a power loss there, recovered, keeps the rest
// With an index: its shape is what the file says, the roots are in the list of an open file and no others, whatever boundaries
// and hints it had. Every opening plants the roots anew, and hints; so files are the same but for the tags of the list.
//
// Only what opening does between validation and use is run here, not the system calls around it (stress/kill_reopen does both).
// Source of the checks: core/INVARIANTS.md. Thread safety: one thread. Invariants: REC-2, REC-3, SEG-1, FL-1.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "core/recovery/recover.hpp"
#include "defect.hpp"
#include "snapshot.hpp"
#include "tape.hpp"

namespace rarena::models::crash {

// What a file has to say of itself.
enum class Claim : std::uint8_t {
  none,
  open,    // it is not taken for closed
  closed,  // it is taken for closed
  copied,  // it is not trusted
};

class Reopening {
 public:
  // `slab`: descriptors per slab. `capacity`: of a file that was made smaller.
  Reopening(const Image& image, unsigned slab, Defect defect, Size capacity)
      : geometry_(image.geometry().resized(capacity)), units_(image.units()), kind_(image.kind()), slab_(slab),
        defect_(defect) {}
  Reopening(const Image& image, unsigned slab, Defect defect) : Reopening(image, slab, defect, image.geometry().capacity()) {}

  // What is wrong, beginning with the ID of an invariant; empty: nothing. `kept`: units that must not be free.
  // The bytes are those of the page cache, in which the system then notes the death, opened in the same boot; or those of the
  // disk, opened in the next one.
  std::string after_kill(Bytes file, std::uint64_t kept);
  // The bytes as they are, opened in the same boot.
  std::string in_the_same_boot(const Bytes& file, std::uint64_t kept, Claim claim);
  std::string after_power_loss(const Bytes& file, std::uint64_t kept, Claim claim);

  // Opens the file in place. `tape`: what was written and flushed. Empty: done.
  std::string open(Bytes& file, unsigned in_boot, Tape& tape) const;
  // Whether an opening follows the lists and keeps them, or would if they were others.
  bool may_trust(const Bytes& file, unsigned in_boot) const;

  // Units that after a process kill nobody has, and no list names. Nothing where bytes were discarded, of which only the number
  // is known.
  std::uint64_t lost(Bytes file, std::uint64_t kept) const;

  std::uint64_t recoveries() const { return recoveries_; }

  static constexpr unsigned writing_boot = 1;  // in which the scenario runs

 private:
  std::string check(const Bytes& file, std::uint64_t kept, unsigned in_boot);
  MemoryView view(const Bytes& file) const { return {file.data.data(), geometry_}; }
  struct Found {
    Structure structure;
    Left left;
  };
  // What an opening finds. Error: the file is refused.
  std::expected<Found, Error> find(const Bytes& file, unsigned in_boot) const;
  std::string check_claim(const Bytes& file, Claim claim, unsigned in_boot) const;
  std::string open_and_judge(Bytes& file, std::uint64_t kept, unsigned in_boot, Tape& tape);
  std::string judge(const Bytes& file, std::uint64_t kept) const;
  std::string use(Bytes file, std::uint64_t kept) const;
  std::string rebuild(Bytes file, std::uint64_t kept) const;
  std::string kill_inside(const Bytes& file, const Bytes& opened, std::uint64_t kept, unsigned in_boot, const Tape& tape);
  std::string lose_power_inside(const Bytes& file, std::uint64_t kept, unsigned in_boot);
  Bytes without_opening(Bytes file) const;

  Geometry geometry_;
  Units units_;
  Freelist kind_;
  unsigned slab_;
  Defect defect_;
  std::uint64_t recoveries_ = 0;
};

}  // namespace rarena::models::crash
