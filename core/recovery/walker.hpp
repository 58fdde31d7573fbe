// Walker: the part of a structural walk that does not depend on the format: bounds, repetition, order, disjointness.
//
// Thread safety: one walk, one thread. Invariants: as structure.hpp. Not part of the public interface.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../freelist/policy.hpp"
#include "structure.hpp"

namespace rarena::recovery {

class Walker {
 public:
  Walker(const Walk& walk, Structure& structure) : walk_(walk), structure_(structure) {}

  // Reports a violation. false: the walk is over.
  bool reject(ErrorCode code, std::uint64_t asked, std::uint64_t there, std::uint64_t at) {
    stopped_ = stopped_ || !walk_.violation(Error{.code = code, .asked = asked, .there = there, .at = at});
    return !stopped_;
  }
  bool stopped() const { return stopped_; }

  // The bounds of cursor and discarded bytes, which lie at these places. false: nothing behind them can be read.
  bool check_header(std::uint64_t cursor_at, std::uint64_t discarded_at, Size capacity);

  // The size that the annex at `place` says it has. false: the walk is over.
  bool check_annex(std::uint64_t place) {
    const Size size = structure_.annex.size;
    return size == annex_size || reject(ErrorCode::bad_header, annex_size, size, place + offsetof(Annex, size));
  }

  // Whether the descriptor at `offset`, found in the link at byte `at`, is inside and met for the first time. If not, that is
  // reported, and the list ends there.
  bool meet(std::uint64_t offset, std::uint64_t at);

  // Checks the next free segment of the list, whose extent word lies at byte `at`.
  void check_segment(const ListedSegment& segment, std::uint64_t offset_at, std::uint64_t size_at);

  // What has to be checked when all lists have been followed: no two parts overlap, and with the discarded bytes they are no
  // more than there is. The walk has not stopped.
  void check_together();

 private:
  std::uint64_t begin() const { return structure_.data_offset; }
  std::uint64_t end() const { return structure_.allocated; }

  const Walk& walk_;
  Structure& structure_;
  std::vector<bool> met_;  // by offset from the first one possible, in descriptor sizes
  std::uint64_t count_ = 0;
  std::uint64_t discarded_at_ = 0;
  std::optional<Size> earlier_;
  bool stopped_ = false;
};

}  // namespace rarena::recovery
