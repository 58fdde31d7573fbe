// Where everything lies: prefix, header, descriptors, data. Pure functions; core/FORMAT.md is the same in prose.
//
// Unified layout (r = reserved bytes, h = align8(r) + 8): prefix at r, header at h, annex (annex.hpp) at align16(h + 32), index
// region (index.hpp) behind it if there is one, then the data. Format version 1 had no annex: data from h + 32.
// Pure layout (heap and anonymous memory, not restorable): prefix and header lie in the 64 bytes in front of the
// memory, byte r of the memory is null, data from r + 1; with an index region from its end, and it begins at align16(r + 1).
//
//     h      u64 free_head          h+16  u32 allocated (the cursor)     h+24  u32 min_segment_size
//     h+8    u64 spare_head         h+20  u32 discarded                  h+28  u32 seal
//
// Thread safety: values only. Invariants: SEG-1 (data_offset), FL-2 (descriptors are whole, aligned slots).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "annex.hpp"
#include "index.hpp"
#include "link.hpp"
#include "prefix.hpp"
#include "word.hpp"

namespace rarena::detail {

static_assert(std::endian::native == std::endian::little, "the words of a file are used in place: little-endian hosts only");

// The header as bytes.
struct Header {
  std::uint64_t free_head;
  std::uint64_t spare_head;
  std::uint32_t allocated;
  std::uint32_t discarded;
  std::uint32_t min_segment_size;
  std::uint32_t seal;
};

inline constexpr Size header_size = 32;
static_assert(sizeof(Header) == header_size);
static_assert(offsetof(Header, free_head) == 0);
static_assert(offsetof(Header, spare_head) == 8);
static_assert(offsetof(Header, allocated) == 16);
static_assert(offsetof(Header, discarded) == 20);
static_assert(offsetof(Header, min_segment_size) == 24);
static_assert(offsetof(Header, seal) == 28);

class Geometry {
 public:
  // Bytes in front of the memory that the pure layout needs.
  static constexpr Size pure_front = 64;

  static constexpr Geometry unified(Size reserved, Size capacity, const IndexShape& index = {}) {
    const std::uint64_t annex = align_up(header_of(reserved) + header_size, descriptor_size);
    return inside(reserved, capacity, annex + annex_size, index);
  }
  static constexpr Geometry pure(Size reserved, Size capacity, const IndexShape& index = {}) {
    const std::uint64_t data = std::uint64_t{reserved} + 1;
    const Place prefix = -Place{pure_front};
    return {
        reserved, capacity, false, prefix, prefix + Place{prefix_size}, index.none() ? data : align_up(data, descriptor_size),
        index};
  }
  // A file of format version 1.
  static constexpr Geometry version_1(Size reserved, Size capacity) {
    return inside(reserved, capacity, header_of(reserved) + header_size);
  }
  // A file of the Rust crate: its header is shorter, and of its words only the place is ours (recovery/crate_format.hpp).
  static constexpr Size crate_header_size = 24;
  static constexpr Geometry crate(Size reserved, Size capacity) {
    return inside(reserved, capacity, header_of(reserved) + crate_header_size);
  }
  static constexpr Geometry of(bool unify, Size reserved, Size capacity, const IndexShape& index = {}) {
    return unify ? unified(reserved, capacity, index) : pure(reserved, capacity, index);
  }
  // The same memory, made larger or smaller behind its header.
  constexpr Geometry resized(Size capacity) const {
    Geometry g = *this;
    g.capacity_ = capacity;
    return g;
  }

  constexpr Size reserved() const { return reserved_; }
  constexpr Size capacity() const { return capacity_; }
  constexpr bool unified() const { return unified_; }
  constexpr Place prefix() const { return prefix_; }
  constexpr Place header() const { return header_; }
  // 64 bits, because it may exceed the capacity of an arena that is then refused.
  constexpr std::uint64_t data_offset() const { return data_offset_; }

  constexpr Word<std::uint64_t> free_head() const { return {header_ + Place{offsetof(Header, free_head)}}; }
  constexpr Word<std::uint64_t> spare_head() const { return {header_ + Place{offsetof(Header, spare_head)}}; }
  constexpr Word<std::uint32_t> cursor() const { return {header_ + Place{offsetof(Header, allocated)}}; }
  constexpr Word<std::uint32_t> discarded() const { return {header_ + Place{offsetof(Header, discarded)}}; }
  constexpr Word<std::uint32_t> min_segment_size() const { return {header_ + Place{offsetof(Header, min_segment_size)}}; }
  constexpr Word<std::uint32_t> seal() const { return {header_ + Place{offsetof(Header, seal)}}; }

  // The annex; only where there is one.
  constexpr bool has_annex() const { return unified_ && annex() >= header_ + Place{header_size}; }
  constexpr Place annex() const { return static_cast<Place>(index_) - Place{annex_size}; }
  constexpr Word<std::uint32_t> capacity_record() const { return {annex() + Place{offsetof(Annex, capacity)}}; }
  constexpr Word<std::uint64_t> generation() const { return {annex() + Place{offsetof(Annex, generation)}}; }
  constexpr Word<std::uint32_t> boot() const { return {annex() + Place{offsetof(Annex, boot)}}; }
  constexpr Word<std::uint32_t> device() const { return {annex() + Place{offsetof(Annex, device)}}; }
  constexpr Word<std::uint32_t> file() const { return {annex() + Place{offsetof(Annex, file)}}; }
  constexpr Word<std::uint32_t> state() const { return {annex() + Place{offsetof(Annex, state)}}; }
  // The witness cell of an opening; its word comes first.
  constexpr Word<std::uint32_t> witness(std::uint64_t generation) const {
    return {annex() + Place{offsetof(Annex, witness)} + static_cast<Place>(generation % 2 * sizeof(WitnessCell))};
  }

  // The first entry of the directory of roots, or 0; only where there is one. In the pure layout it lies behind the header.
  constexpr bool has_directory() const { return !unified_ || has_annex(); }
  constexpr Word<std::uint32_t> directory() const {
    if (!unified_) return {header_ + Place{header_size}};
    return {annex() + Place{offsetof(Annex, witness) + offsetof(WitnessCell, other)}};
  }

  // The table of the processes that share the file, or 0; only in the annex.
  constexpr Word<std::uint32_t> members() const {
    return {annex() + Place{offsetof(Annex, witness) + sizeof(WitnessCell) + offsetof(WitnessCell, other)}};
  }

  // The index region; only where there is one.
  constexpr bool has_index() const { return !shape_.none(); }
  constexpr bool has_windows() const { return shape_.windows != 0; }
  constexpr Place index() const { return static_cast<Place>(index_); }
  constexpr const IndexShape& index_shape() const { return shape_; }
  constexpr Word<std::uint64_t> inserted() const { return {index() + Place{offsetof(IndexHead, inserted)}}; }
  constexpr Word<std::uint64_t> merged() const { return {index() + Place{offsetof(IndexHead, merged)}}; }
  constexpr Word<std::uint64_t> last_merge() const { return {index() + Place{offsetof(IndexHead, last)}}; }
  constexpr Word<std::uint32_t> segments() const { return {index() + Place{offsetof(IndexHead, segments)}}; }
  constexpr Word<std::uint32_t> merging() const { return {index() + Place{offsetof(IndexHead, merging)}}; }
  constexpr Word<std::uint32_t> largest() const { return {index() + Place{offsetof(IndexHead, largest)}}; }
  constexpr Word<std::uint32_t> next_table() const { return {index() + Place{offsetof(IndexHead, next_table)}}; }
  constexpr Word<std::uint32_t> pressed() const { return {index() + Place{offsetof(IndexHead, pressed)}}; }
  constexpr Word<std::uint32_t> window(std::uint32_t number) const {
    return {index() + Place{index_head_size} + Place{sizeof(std::uint32_t)} * number};
  }
  // The window in which an offset lies; the last one ends nowhere.
  constexpr std::uint32_t window_of(Offset offset) const { return std::min(offset >> shape_.window_shift, shape_.windows - 1); }
  constexpr Offset root(std::uint32_t number) const { return boundaries_ + number * descriptor_size; }
  constexpr Offset table(std::uint32_t number) const { return root(shape_.roots) + number * table_size; }
  constexpr bool is_boundary(Offset descriptor) const {
    return descriptor - boundaries_ < static_cast<Size>(data_offset_) - boundaries_;
  }

  // The two words of the descriptor at `descriptor`, an offset that is a multiple of 16.
  static constexpr Word<std::uint64_t> link(Offset descriptor) { return {Place{descriptor}}; }
  static constexpr Word<std::uint64_t> extent(Offset descriptor) { return {Place{descriptor} + 8}; }

 private:
  static constexpr std::uint64_t header_of(Size reserved) { return align_up(reserved, 8) + prefix_size; }
  // Prefix and header inside the memory, then from this offset the index if there is one, and the data.
  static constexpr Geometry inside(Size reserved, Size capacity, std::uint64_t index_offset, const IndexShape& index = {}) {
    const auto header = static_cast<Place>(header_of(reserved));
    return {reserved, capacity, true, static_cast<Place>(reserved), header, index_offset, index};
  }
  constexpr Geometry(Size reserved, Size capacity, bool unified, Place prefix, Place header, std::uint64_t index_offset,
                     const IndexShape& shape)
      : reserved_(reserved), capacity_(capacity), unified_(unified), prefix_(prefix), header_(header), shape_(shape),
        index_(index_offset), data_offset_(index_offset + shape.bytes()),
        boundaries_(static_cast<Offset>(shape.none() ? data_offset_ : index_offset + index_head_size + shape.windows_bytes())) {
  }

  Size reserved_, capacity_;
  bool unified_;
  Place prefix_, header_;
  IndexShape shape_;
  std::uint64_t index_;  // where the index begins: at the data if there is none
  std::uint64_t data_offset_;
  Offset boundaries_;
};

static_assert(Geometry::unified(0, 1024).header() == 8 && Geometry::unified(0, 1024).annex() == 48);
static_assert(Geometry::unified(0, 1024).data_offset() == 112 && Geometry::unified(0, 1024).has_annex());
static_assert(Geometry::unified(5, 1024).prefix() == 5 && Geometry::unified(5, 1024).header() == 16);
static_assert(Geometry::unified(0xffffffffu, 0).data_offset() == 0x100000070u, "no wrap");
static_assert(Geometry::version_1(0, 1024).data_offset() == 40 && !Geometry::version_1(0, 1024).has_annex());
static_assert(Geometry::unified(0, 1 << 20, IndexShape::usual(1 << 20)).index() == 112);
static_assert(Geometry::pure(0, 1 << 20, IndexShape::usual(1 << 20)).index() == 16);
static_assert(!Geometry::unified(0, 1024).is_boundary(112) && !Geometry::unified(0, 1024).has_index());
static_assert(Geometry::pure(0, 1024).data_offset() == 1 && Geometry::pure(0, 1024).directory().place + 4 <= 0);
static_assert(Geometry::unified(0, 1024).directory().place == 84 && !Geometry::version_1(0, 1024).has_directory());

}  // namespace rarena::detail
