// The annex: what a file records beyond prefix and header, in the 64 bytes at align16(h + 32), in front of the data. Pure.
//
//     +0   u32  size        of the annex and of the index region behind it (index.hpp): 64 and more
//     +4   u32  capacity    of the file, when its writer last changed it
//     +8   u64  generation  openings for writing
//     +16  u32  boot        these three: which file this was, in which boot of which machine, as its last writer saw it;
//     +20  u32  device      0 where that was not known
//     +24  u32  file
//     +28  u32  state       what the last writer could not do: AnnexState
//     +32  witness cell     of openings with an even generation: u32 word, u32 see below, u64 of the process that has it
//     +48  witness cell     of those with an odd one: u32 word, u32 see below, u64
//     +36  u32  directory   the first entry of the directory of roots (directory.hpp), or 0; inside the first cell
//     +52  u32  members     the table of the processes that share the file (members.hpp), or 0; inside the second cell
//
// The word of a witness cell is a futex (futex(2), "robust futexes"): 0 if nobody has the file open, else the thread that
// stands for the process that has. When that thread dies, with its process or by SIGKILL, *the system* replaces it by the bit
// `owner_died`. So the file of a dead process says so, and a copy that was made while the process lived does not. There are two
// cells because a child that takes the file over must not touch that of its parent, who may still be there.
//
// Thread safety: values only. Invariants: SEG-1 (the data begin behind the annex), REC-2 (seal.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "extent.hpp"

namespace rarena::detail {

struct WitnessCell {
  std::uint32_t word;
  std::uint32_t other;  // not the witness's: of the first cell the directory, of the second one the members
  std::uint64_t next;   // an address in the process that has the file open; means nothing in a file
};

struct Annex {
  std::uint32_t size;
  std::uint32_t capacity;
  std::uint64_t generation;
  std::uint32_t boot;
  std::uint32_t device;
  std::uint32_t file;
  std::uint32_t state;
  WitnessCell witness[2];
};

inline constexpr Size annex_size = 64;  // bytes, a multiple of 16
static_assert(sizeof(Annex) == annex_size && sizeof(WitnessCell) == 16);
static_assert(offsetof(Annex, size) == 0);
static_assert(offsetof(Annex, capacity) == 4);
static_assert(offsetof(Annex, generation) == 8);
static_assert(offsetof(Annex, boot) == 16);
static_assert(offsetof(Annex, device) == 20);
static_assert(offsetof(Annex, file) == 24);
static_assert(offsetof(Annex, state) == 28);
static_assert(offsetof(Annex, witness) == 32);
static_assert(offsetof(WitnessCell, other) == 4);

// Annex::state, one of these.
enum class AnnexState : std::uint32_t {
  good = 0,
  flush_failed = 1,   // a flush of the last writer had failed: what the disk holds is not known
  lists_damaged = 2,  // the lists were not sound when the last writer closed the file
};

inline constexpr std::uint32_t owner_died = 0x40000000;   // FUTEX_OWNER_DIED
inline constexpr std::uint32_t unwitnessed = 0x80000000;  // with the process: it is open, and no thread stands for it

// The word of the last opening, if no processes shared the file.
constexpr std::uint32_t witness_word(const Annex& annex) { return annex.witness[annex.generation % 2].word; }

}  // namespace rarena::detail
