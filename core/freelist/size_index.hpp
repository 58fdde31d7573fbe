// SizeIndex: which boundary of the sorted list a search for a size begins at.
//
// A tree over sizes: a root boundary for each power of two, tables below (layout/index.hpp). A boundary is linked before a
// pointer to its table is published and stays linked, unmarked, for ever. So whoever has read the pointer may begin any
// search of the list there, however late: it is a predecessor of everything in its range.
//
// Two threads may make the same table. One publishes it; the boundaries of the other stay in the list, where they do no harm.
//
// Progress: wait-free; a search of the tree takes at most 8 steps. Thread safety: any number of threads.
// Invariants: FL-1 (keys), FL-2 (boundaries lie in the arena's own region).
#pragma once

#include <algorithm>
#include <bit>

#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"
#include "policy.hpp"

namespace rarena::detail {

template <WordStore Store, ListPolicy Policy>
class SizeIndex {
 public:
  // The boundary in front of a range of sizes, and the range: [low, low + 2^shift). No boundary: the head of the list.
  struct Slot {
    Offset boundary = null_offset;
    Size low = 0;
    unsigned shift = 0;
  };

  SizeIndex(Store store, const Geometry& geometry) : store_(store), geometry_(geometry) {}

  // The narrowest range that is known and has the size in it.
  Slot slot(Size size) const;
  Offset boundary(Size size) const { return slot(size).boundary; }

  // What stands in the extent word of a boundary of the range.
  static constexpr Extent key(Size low, unsigned shift) {
    constexpr bool ascending = Policy::precedes(0, 1);
    return {null_offset, ascending ? low : low + ((Size{1} << shift) - 1)};
  }

  // The ranges into which a table divides a slot's: so many, of 2^shift sizes.
  static constexpr unsigned shift_below(const Slot& slot) { return slot.shift > table_bits ? slot.shift - table_bits : 0; }

  // A table's bytes, the caller's alone. null_offset: the slot cannot be divided, or there is no room left. Some tables are
  // kept for whole powers of two: where these are not divided, searches are longest.
  Offset take_table(const Slot& slot) const;
  // The boundaries of the table are linked: from now on searches may begin there. Nothing if another table is there already.
  void publish_table(const Slot& slot, Offset table) const;

 private:
  Store store_;
  Geometry geometry_;
};

template <WordStore Store, ListPolicy Policy>
auto SizeIndex<Store, Policy>::slot(Size size) const -> Slot {
  const IndexShape& shape = geometry_.index_shape();
  const unsigned power = size == 0 ? 0 : static_cast<unsigned>(std::bit_width(size)) - 1;
  if (power < shape.first || power - shape.first >= shape.roots) return {};
  Slot at{geometry_.root(power - shape.first), Size{1} << power, power};
  while (at.shift != 0) {
    const Offset table = decode_extent(store_.load(Geometry::extent(at.boundary), Site::index_child)).offset;
    if (table == null_offset) break;
    at.shift = shift_below(at);
    const Size number = (size - at.low) >> at.shift;
    at.low += number << at.shift;
    at.boundary = table + number * descriptor_size;
  }
  return at;
}

template <WordStore Store, ListPolicy Policy>
Offset SizeIndex<Store, Policy>::take_table(const Slot& slot) const {
  const IndexShape& shape = geometry_.index_shape();
  if (slot.boundary == null_offset || slot.shift == 0) return null_offset;
  const Size kept = slot.low == Size{1} << slot.shift ? 0 : std::min(shape.tables / 4, shape.roots);
  const Size tables = shape.tables - kept;
  // A look first: who only counted would come back to table 0 after 2^32 of them.
  if (store_.load(geometry_.next_table(), Site::index_room) >= tables) return null_offset;
  const Size number = store_.fetch_add(geometry_.next_table(), 1U, Site::index_take);
  return number < shape.tables ? geometry_.table(number) : null_offset;
}

template <WordStore Store, ListPolicy Policy>
void SizeIndex<Store, Policy>::publish_table(const Slot& slot, Offset table) const {
  const Extent own = key(slot.low, slot.shift);
  auto loop = store_.loop_head();
  const std::uint64_t childless = encode(own);
  std::uint64_t expected = childless;
  while (!store_.compare_exchange_weak(Geometry::extent(slot.boundary), expected, encode(Extent{table, own.size}),
                                       Site::index_publish)) {
    if (expected != childless) return;
    store_.retry(loop);
  }
}

}  // namespace rarena::detail
