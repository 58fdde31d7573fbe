// The index region as openings and exclusive operations see it: where a file says that it lies, its root boundaries, and the
// hints that are made of a list which nobody else is using.
//
// Boundaries and hints are nobody's data: an opening makes both anew, whatever they were. Only the shape of the region must be
// what it was, because the data begin behind it.
//
// Hints are stored only where they differ, so that a page of a file in which all are as they were stays clean.
//
// Progress: wait-free; O(free segments) for the hints. Thread safety: nobody else may be using the memory.
// Invariants: REC-1 (a shape is checked before anything relies on it), FL-1 (keys of boundaries).
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "../freelist/hints.hpp"
#include "../layout/error.hpp"
#include "../words/word_store.hpp"
#include "structure.hpp"
#include "view.hpp"

namespace rarena::detail {

// Where everything lies in a file, of which the view knows as much as prefix and size say: as it records, if it has an annex.
// Error: bad_header (a size of the annex, or a shape, that cannot be).
std::expected<Geometry, Error> geometry_of_file(const MemoryView& view);

// The same of the bytes of a file that begin with `reserved` bytes; without an index region where they record none that can be,
// or are too few.
Geometry recorded_geometry(std::span<const std::byte> file, std::uint64_t reserved);

// The head of an index whose list is empty.
IndexHead head_of(const IndexShape& shape);

// Where everything lies in the memory of an open arena, of this format.
template <class Arena>
Geometry geometry_of_arena(const Arena& arena) {
  const Geometry without = Geometry::of(arena.unify(), arena.reserved(), arena.capacity());
  if (arena.data_offset() == without.data_offset()) return without;
  const auto at = static_cast<Place>(align_up(without.data_offset(), descriptor_size));
  const auto head = MemoryView(arena.data(), without).template at<IndexHead>(at);
  return Geometry::of(arena.unify(), arena.reserved(), arena.capacity(), IndexShape::recorded(head));
}

// The root boundaries in the order of the list: of the smallest sizes first, or of the largest.
class Roots {
 public:
  Roots(const Geometry& geometry, Freelist kind);

  std::uint32_t count() const { return count_; }  // 0 if there is no list
  Offset descriptor(std::uint32_t nth) const;
  Size key(std::uint32_t nth) const;

 private:
  // The number of its power of two.
  std::uint32_t number(std::uint32_t nth) const { return ascending_ ? nth : count_ - 1 - nth; }

  const Geometry& geometry_;
  std::uint32_t count_;
  bool ascending_;
};

// The hints of a list at rest (freelist/hints.hpp), but for the tables that were handed out: these go with the boundaries. They
// say that nothing has been merged, so that the first allocation that finds no room may try to.
class ListHints {
 public:
  // Of an empty list. Throws std::bad_alloc.
  explicit ListHints(const Geometry& geometry) : geometry_(geometry), windows_(geometry.index_shape().windows) {}
  ListHints(const Geometry& geometry, const Structure& structure);

  void add(Extent segment) {
    if (!windows_.empty()) windows_[geometry_.window_of(segment.offset)] += segment.size;
    largest_ = std::max(largest_, segment.size);
    ++segments_;
  }

  template <WordStore Store>
  void write(Store store) const;

  // Those of an empty list, where nothing that was listed since hints were written lay behind `end`. O(1) if nothing was listed
  // at all, else O(windows below `end`).
  template <WordStore Store>
  static void write_none(Store store, const Geometry& geometry, Size end);

 private:
  template <WordStore Store>
  static void write_window(Store store, const Geometry& geometry, std::uint32_t number, std::uint32_t bytes) {
    const Word<std::uint32_t> word = geometry.window(number);
    if (store.load(word, Site::hint_load) != bytes) store.store(word, bytes, Site::plan_count);
  }
  template <WordStore Store>
  static void write_counters(Store store, const Geometry& geometry, std::uint32_t segments, Size largest);

  Geometry geometry_;
  std::vector<std::uint32_t> windows_;
  std::uint32_t segments_ = 0;
  Size largest_ = 0;
};

template <WordStore Store>
void ListHints::write(Store store) const {
  if (!geometry_.has_index()) return;
  for (std::uint32_t i = 0; i < windows_.size(); ++i) write_window(store, geometry_, i, windows_[i]);
  write_counters(store, geometry_, segments_, largest_);
}

template <WordStore Store>
void ListHints::write_counters(Store store, const Geometry& geometry, std::uint32_t segments, Size largest) {
  store.store(geometry.segments(), segments, Site::plan_count);
  store.store(geometry.largest(), largest, Site::plan_count);
  store.store(geometry.merging(), std::uint32_t{0}, Site::plan_count);
  store.store(geometry.pressed(), std::uint32_t{0}, Site::plan_count);
  store.store(geometry.inserted(), std::uint64_t{segments != 0}, Site::plan_link);
  store.store(geometry.merged(), std::uint64_t{0}, Site::plan_link);
  store.store(geometry.last_merge(), std::uint64_t{0}, Site::plan_link);
}

template <WordStore Store>
void ListHints::write_none(Store store, const Geometry& geometry, Size end) {
  if (!geometry.has_index()) return;
  const bool used = Hints<Store>(store, geometry).inserted() != 0;
  for (std::uint32_t i = 0; used && geometry.has_windows() && i <= geometry.window_of(end); ++i)
    write_window(store, geometry, i, 0);
  write_counters(store, geometry, 0, 0);
}

}  // namespace rarena::detail
