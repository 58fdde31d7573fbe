// Image: the state a scenario starts from, as data. Engines write it with raw stores, so that setting up costs no steps.
//
// Segments are laid out one behind the other from the data offset (112: behind the annex, and the index if there is one), in
// the order of the calls. All sizes are multiples of a unit: the granule, 16 bytes; in an image with an index also smaller, so
// that a table has few boundaries.
//
// An index is roots and tables without windows. Of its head only the number of tables handed out is a word: hints are not
// remembered, but answered by a choice (models/engine/hint_choices.hpp).
//
// Thread safety: a value. Invariants: the image satisfies SEG-1, SEG-2 and FL-1 (checked by every run's final check).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/freelist/policy.hpp"
#include "core/layout/geometry.hpp"
#include "internals.hpp"

namespace rarena::models {

inline constexpr Size granule = 16;
inline constexpr unsigned maximum_threads = 4;
inline constexpr Word<std::uint64_t> shared_chunk{0};  // its word, if there is one: in the reserved bytes
inline constexpr std::size_t most_granules = 28;       // of a whole memory without an index: what engines hold
inline constexpr std::size_t most_units = 64;          // of the data behind an index
inline constexpr std::size_t most_bytes = 1024;        // of a whole memory

// Owners of a granule: 0 nobody, thread + 1, or one of these.
inline constexpr std::uint32_t owner_pinned = 100;      // live, of a thread that takes no part
inline constexpr std::uint32_t owner_descriptor = 101;  // a descriptor
inline constexpr std::uint32_t owner_stopped = 102;     // marked by a thread that has stopped for ever
constexpr bool takes_no_part(std::uint32_t owner) { return owner == owner_pinned || owner == owner_stopped; }

struct Owned {
  Extent segment;
  std::uint32_t owner;
};

// What an image is made of, by the names of the calls below.
struct Part {
  enum class Kind : std::uint8_t { descriptors, free, abandoned, owned, pinned, shared };
  Kind kind = Kind::pinned;
  unsigned thread = 0;  // owned
  Size size = 0;        // descriptors: how many; else bytes

  friend constexpr bool operator==(const Part&, const Part&) = default;
};

// The units of a memory, by number: each has an owner.
struct Units {
  Offset begin = 0;
  Size size = granule;
  std::size_t count = most_granules;

  constexpr std::size_t number(Offset at) const { return (at - begin) / size; }
  constexpr Extent extent(std::size_t number) const { return {begin + static_cast<Offset>(number) * size, size}; }
  constexpr bool divide(Extent extent) const { return (extent.offset - begin) % size == 0 && extent.size % size == 0; }
  // Those that a range touches, as bits.
  constexpr std::uint64_t bits(std::uint64_t from, std::uint64_t to) const {
    const auto below = [&](std::uint64_t units) {
      return units >= most_units ? ~std::uint64_t{0} : (std::uint64_t{1} << units) - 1;
    };
    const std::uint64_t first = from < begin ? 0 : (from - begin) / size;
    return to <= begin ? 0 : below((to - begin + size - 1) / size) & ~below(first);
  }
  constexpr std::uint64_t bits(Extent extent) const { return bits(extent.offset, extent.end()); }
};

class Image {
 public:
  static constexpr std::size_t most_parts = 16, most_entries = 8;  // entries: of descriptors, of the list, of owners
  static constexpr unsigned most_roots = 4, most_tables = 2;

  constexpr explicit Image(Freelist kind, const IndexShape& index = {}, Size unit = granule)
      : kind_(kind), index_(kind == Freelist::none ? IndexShape() : index), unit_(unit) {
    const Geometry g = Geometry::unified(reserved, 0, index_);
    cursor_ = static_cast<Size>(g.data_offset());
    for (unsigned i = 0; i < index_.roots; ++i) {
      const unsigned root = precedes(kind_, 0, 1) ? i : index_.roots - 1 - i;
      const Size low = Size{1} << (index_.first + root);
      linked_[linked_count_++] = {g.root(root), {null_offset, precedes(kind_, 0, 1) ? low : 2 * low - 1}, false};
    }
  }

  constexpr Image& add(const Part& part) {
    switch (part.kind) {
      case Part::Kind::descriptors: return descriptors(part.size);
      case Part::Kind::free: return free(part.size);
      case Part::Kind::abandoned: return abandoned(part.size);
      case Part::Kind::owned: return owned(part.thread, part.size);
      case Part::Kind::pinned: return pinned(part.size);
      case Part::Kind::shared: return shared(part.size);
    }
    return *this;
  }

  // Carves descriptors; those that no free segment takes are spare.
  constexpr Image& descriptors(unsigned count) {
    if (count == 0) return *this;
    note({Part::Kind::descriptors, 0, count});
    for (unsigned i = 0; i < count; ++i) descriptors_[descriptor_count_++] = take(descriptor_size).offset;
    return *this;
  }
  // A segment in the freelist. Needs a descriptor carved before.
  constexpr Image& free(Size size) {
    note({Part::Kind::free, 0, size});
    return link(size, false);
  }
  // A segment that somebody has marked and never unlinked: that thread has stopped for ever, and keeps the
  // bytes and the descriptor.
  constexpr Image& abandoned(Size size) {
    note({Part::Kind::abandoned, 0, size});
    return link(size, true);
  }
  // A live segment of a thread of the scenario.
  constexpr Image& owned(unsigned thread, Size size) {
    note({Part::Kind::owned, thread, size});
    owned_[owned_count_++] = {take(size), thread + 1};
    return *this;
  }
  // A live segment of nobody in the scenario; on top it keeps frees below it away from the cursor.
  constexpr Image& pinned(Size size) {
    note({Part::Kind::pinned, 0, size});
    owned_[owned_count_++] = {take(size), owner_pinned};
    return *this;
  }
  // What is left of a chunk that threads share, which has begun; nobody's.
  constexpr Image& shared(Size size) {
    note({Part::Kind::shared, 0, size});
    shared_ = take(size);
    return *this;
  }
  // Bytes above the cursor.
  constexpr Image& room(Size size) {
    room_ = size;
    return *this;
  }

  constexpr Freelist kind() const { return kind_; }
  constexpr Size cursor() const { return cursor_; }
  constexpr Size bytes_above() const { return room_; }
  constexpr std::span<const Part> parts() const { return {parts_.data(), part_count_}; }
  constexpr Geometry geometry() const { return Geometry::unified(reserved, cursor_ + room_, index_); }
  constexpr Units units() const {
    if (index_.none()) return {};
    const auto begin = static_cast<Offset>(geometry().data_offset());
    return {begin, unit_, (cursor_ + room_ - begin) / unit_};
  }
  constexpr std::span<const Owned> owners() const { return {owned_.data(), owned_count_}; }
  constexpr std::span<const Offset> all_descriptors() const { return {descriptors_.data(), descriptor_count_}; }

  constexpr bool pinned_at(Offset offset) const {
    return std::ranges::any_of(owners(), [&](const Owned& o) { return takes_no_part(o.owner) && o.segment.offset == offset; });
  }

  // The k-th segment a thread owns at the start.
  constexpr Extent owned_by(unsigned thread, unsigned k = 0) const {
    for (const Owned& o : owners())
      if (o.owner == thread + 1 && k-- == 0) return o.segment;
    return {};
  }

  // Calls visit(word, value) for every word of the image.
  template <class Visit>
  constexpr void each_word(Visit visit) const {
    const Geometry g = geometry();
    visit(g.cursor(), cursor_);
    visit(g.discarded(), std::uint32_t{0});
    visit(g.min_segment_size(), std::uint32_t{unit_});
    if (g.has_index()) visit(g.next_table(), std::uint32_t{0});
    if (!shared_.empty()) visit(shared_chunk, encode(shared_));
    visit(g.free_head(), Link(linked_count_ ? linked_[0].descriptor : null_offset, false, 0).bits());
    visit(g.spare_head(), Link(free_count_ < descriptor_count_ ? descriptors_[free_count_] : null_offset, false, 0).bits());
    for (std::size_t i = 0; i < linked_count_; ++i) {
      const Offset next = i + 1 < linked_count_ ? linked_[i + 1].descriptor : null_offset;
      visit(Geometry::link(linked_[i].descriptor), Link(next, linked_[i].marked, 0).bits());
      visit(Geometry::extent(linked_[i].descriptor), encode(linked_[i].segment));
    }
    for (std::size_t i = free_count_; i < descriptor_count_; ++i) {
      const Offset next = i + 1 < descriptor_count_ ? descriptors_[i + 1] : null_offset;
      visit(Geometry::link(descriptors_[i]), Link(next, true, 0).bits());
      visit(Geometry::extent(descriptors_[i]), std::uint64_t{0});
    }
  }

 private:
  struct Linked {
    Offset descriptor;
    Extent segment;  // of a boundary: its key
    bool marked;
  };
  static constexpr Size reserved = 8;

  constexpr void note(const Part& part) { parts_[part_count_++] = part; }
  constexpr Extent take(Size size) {
    const Extent segment{cursor_, size};
    cursor_ += size;
    return segment;
  }
  // Keeps the list sorted for its kind; equal sizes keep the order of the calls, behind the boundary of their size.
  constexpr Image& link(Size size, bool marked) {
    const Linked entry{descriptors_[free_count_++], take(size), marked};
    std::size_t at = linked_count_++;
    for (; at > 0 && precedes(kind_, size, linked_[at - 1].segment.size); --at) linked_[at] = linked_[at - 1];
    linked_[at] = entry;
    if (marked) {
      owned_[owned_count_++] = {entry.segment, owner_stopped};
      owned_[owned_count_++] = {{entry.descriptor, descriptor_size}, owner_stopped};
    }
    return *this;
  }

  Freelist kind_;
  IndexShape index_;
  Size unit_;
  Size cursor_ = 0;
  Size room_ = 0;
  Extent shared_{};
  std::array<Part, most_parts> parts_{};
  std::array<Offset, most_entries> descriptors_{};
  std::array<Linked, most_entries + most_roots> linked_{};
  std::array<Owned, most_entries> owned_{};
  std::size_t part_count_ = 0, descriptor_count_ = 0, free_count_ = 0, linked_count_ = 0, owned_count_ = 0;
};

}  // namespace rarena::models
