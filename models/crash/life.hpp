// Life: what a process does with a file before the threads of a scenario begin and when they have ended, by the shipped code:
// making or opening it, making it smaller, closing it. As marks of thread 0, in front of and behind those of the threads.
//
// Thread safety: one thread. Invariants: REC-2, REC-3 (the order of writes and flushes).
#pragma once

#include <map>
#include <vector>

#include "analysis.hpp"
#include "core/recovery/durability.hpp"
#include "reopening.hpp"

namespace rarena::models::crash {

// How often words have been written.
using WriteCounts = std::map<Place, std::uint16_t>;

// Closes an open file, as OwnedState::end. `tape` says when it may be, and when it is closed.
std::expected<void, Error> close(Bytes& bytes, const Geometry& geometry, DiskRecord& disk, Tape& tape);

class Life {
 public:
  // `slab`: descriptors per slab.
  Life(const Image& image, unsigned slab, Mode mode, Defect defect);

  // On the disk before the file is opened; nothing, if it is made. A file in which a thread had stopped has not been closed:
  // it is open from the start.
  const Bytes& start() const { return start_; }
  bool opens() const { return !opening_.empty(); }
  // Of the opening that the scenario runs in.
  std::uint64_t generation() const { return generation_; }
  // How often words have been written when the threads begin.
  const WriteCounts& writes() const { return writes_; }
  // How many marks of thread 0 opening it has.
  std::uint16_t opening_length() const { return static_cast<std::uint16_t>(opening_.size()); }
  // Bytes of the file when it has been made smaller; the capacity if that is not this mode, or it cannot be.
  Size smaller(const History& threads) const;

  // The history of the threads with the opening before it and the end behind it. `disk`: what the process knows of it.
  // `fails`: the n-th flush of the end fails.
  History whole(History threads, DiskRecord& disk, int fails = 0) const;
  // With the opening alone.
  History opened(History threads) const;
  // An opening whose flush fails, so that it is undone.
  History failed_opening() const;

 private:
  void create();
  void open();
  std::vector<Mark> end(const History& threads, DiskRecord& disk, int fails) const;
  void shrink(Bytes& bytes, Size capacity, DiskRecord& disk, Tape& tape) const;
  Bytes memory_behind(const History& threads) const;

  Image image_;
  Geometry geometry_;
  Mode mode_;
  Defect defect_;
  Reopening reopening_;
  Bytes start_;
  std::uint64_t generation_ = 1;
  std::vector<Mark> opening_;
  WriteCounts writes_;
};

}  // namespace rarena::models::crash
