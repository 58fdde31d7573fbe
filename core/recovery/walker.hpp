// Walker: the part of a structural walk that does not depend on the format: bounds, repetition, order, disjointness.
//
// Thread safety: one walk, one thread. Invariants: as structure.hpp. Not part of the public interface.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "../freelist/policy.hpp"
#include "slot_set.hpp"
#include "structure.hpp"

namespace rarena::detail::recovery {

class Walker {
 public:
  // Descriptors of the freelist may lie from `first` on, other descriptors and segments from data_offset on.
  Walker(const Walk& walk, Structure& structure, std::uint64_t first)
      : walk_(walk), structure_(structure), first_(first), slot_shift_(std::countr_zero(structure.descriptor_size)) {}

  // Reports a violation. false: the walk is over.
  bool reject(ErrorCode code, std::uint64_t asked, std::uint64_t there, std::uint64_t at) {
    sound_ = false;
    stopped_ = stopped_ || !walk_.violation(Error{.code = code, .asked = asked, .there = there, .at = at});
    return !stopped_;
  }
  bool stopped() const { return stopped_; }

  // The bounds of cursor and discarded bytes, which lie at these places. false: nothing behind them can be read.
  bool check_header(std::uint64_t cursor_at, std::uint64_t discarded_at, Size capacity);

  // The size that the annex says it has, with the index behind it. false: the walk is over.
  bool check_annex(const Geometry& geometry) {
    const auto at = static_cast<std::uint64_t>(geometry.annex());
    const std::uint64_t expected = geometry.data_offset() - at, size = structure_.annex.size;
    return size == expected || reject(ErrorCode::bad_header, expected, size, at + offsetof(Annex, size));
  }

  // Whether the descriptor at `offset`, found in the link at byte `at`, is inside and met for the first time. If not, that is
  // reported, and the list ends there. `boundaries`: it may be one.
  bool meet(std::uint64_t offset, std::uint64_t at, bool boundaries = false);

  // Checks the next free segment of the list, whose extent word lies at byte `at`.
  void check_segment(const ListedSegment& segment, std::uint64_t offset_at, std::uint64_t size_at);

  // Checks the key of the next boundary, which lies at byte `at`: no segment before it belongs behind it.
  void check_key(Size key, std::uint64_t at);

  // What has to be checked when all lists have been followed: no two parts overlap, and with the discarded bytes they are no
  // more than there is. The walk has not stopped.
  void check_together();

 private:
  std::uint64_t slot(std::uint64_t offset) const { return (offset >> slot_shift_) - (first_ >> slot_shift_); }
  bool disjoint() const;
  void report_overlaps();
  std::uint64_t begin() const { return structure_.data_offset; }
  std::uint64_t end() const { return structure_.allocated; }

  const Walk& walk_;
  Structure& structure_;
  std::uint64_t first_;
  int slot_shift_;
  std::optional<SlotSet> met_;  // descriptors, by slot() of their offsets
  std::uint64_t count_ = 0;
  std::uint64_t free_bytes_ = 0;
  std::uint64_t discarded_at_ = 0;
  std::optional<Size> earlier_;  // size or key of the one before
  bool earlier_is_segment_ = false;
  bool stopped_ = false;
  bool sound_ = true;  // nothing has been reported
};

}  // namespace rarena::detail::recovery
