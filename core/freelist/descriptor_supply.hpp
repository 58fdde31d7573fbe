// The supply of descriptors: a tagged stack of unused ones, refilled by slabs.
//
// Source: Treiber's stack (IBM RJ 5118, 1986) with the tag of Michael and Scott (PODC 1996). Bytes that have become
// descriptors stay descriptors (type stability); an unused one is marked.
//
// Progress: lock-free. Thread safety: any number of threads. Invariants: FL-2 (slabs are carved from bytes the caller owns),
// FL-3, SEG-2 (what a slab from the cursor wastes is discarded).
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "../bump/cursor.hpp"
#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"

namespace rarena::detail {

template <WordStore Store>
class DescriptorSupply {
 public:
  DescriptorSupply(Store store, const Geometry& geometry) : store_(store), geometry_(geometry), cursor_(store, geometry) {}

  // An unused descriptor; null_offset if there is none. Lock-free.
  Offset pop() const;

  // One of a new slab of so many from the cursor, or as many as there is room for; null_offset if the memory has reached its
  // end. Lock-free.
  Offset from_cursor(Size count) const;

  // Makes up to `most` descriptors of a segment. One is the caller's, and so is what is left in front and behind. null_offset:
  // not one slot fits, and the segment is still the caller's. Lock-free.
  Offset from_segment(Extent segment, Size most, Extent& front, Extent& rest) const;

  // Makes `count` descriptors from the cursor ahead of need, as far as there is room. Lock-free.
  void reserve(Size count) const;

  // Takes back a descriptor that the caller owns and that is in no list. Lock-free.
  void push(Offset descriptor) const { push_chain(descriptor, descriptor); }

  // Calls visit(offset) for every unused descriptor; exact at quiescence.
  template <class Visit>
  void walk(Visit visit, std::uint64_t limit) const {
    Offset current = Link(store_.load(geometry_.spare_head(), Site::walk_head)).next();
    for (; current != null_offset && limit != 0; --limit) {
      visit(current);
      current = Link(store_.load(Geometry::link(current), Site::walk_link)).next();
    }
  }

 private:
  void push_chain(Offset first, Offset last) const;
  Offset adopt(Extent slots) const;

  Store store_;
  Geometry geometry_;
  Cursor<Store> cursor_;
};

template <WordStore Store>
Offset DescriptorSupply<Store>::from_segment(Extent segment, Size most, Extent& front, Extent& rest) const {
  const std::uint64_t first = align_up(segment.offset, descriptor_size);
  const std::uint64_t fitting = first < segment.end() ? (segment.end() - first) / descriptor_size : 0;
  if (fitting == 0) return null_offset;
  const std::uint64_t stop = first + std::min<std::uint64_t>(fitting, most) * descriptor_size;
  front = extent_between(segment.offset, first);
  rest = extent_between(stop, segment.end());
  return adopt(extent_between(first, stop));
}

template <WordStore Store>
void DescriptorSupply<Store>::reserve(Size count) const {
  if (count == 0) return;
  if (const Carved slab = cursor_.take_slab(count)) {
    cursor_.discard(slab.padding());
    push(adopt(slab.used()));
  }
}

template <WordStore Store>
Offset DescriptorSupply<Store>::from_cursor(Size count) const {
  const Carved slab = cursor_.take_slab(count);
  if (!slab) return null_offset;
  cursor_.discard(slab.padding());
  return adopt(slab.used());
}

// Turns whole slots that the caller owns into descriptors: the first for the caller, the others onto the stack.
template <WordStore Store>
Offset DescriptorSupply<Store>::adopt(Extent slots) const {
  const Offset last = static_cast<Offset>(slots.end() - descriptor_size);
  for (Offset d = slots.offset; d <= last; d += descriptor_size) {
    store_.store(Geometry::link(d), Link(d == last ? null_offset : d + descriptor_size, true, 0).bits(), Site::slab_link);
    store_.store(Geometry::extent(d), std::uint64_t{0}, Site::slab_extent);
  }
  if (slots.offset != last) push_chain(slots.offset + descriptor_size, last);
  return slots.offset;
}

template <WordStore Store>
Offset DescriptorSupply<Store>::pop() const {
  auto loop = store_.loop_head();
  for (;;) {
    const Link head(store_.load(geometry_.spare_head(), Site::spare_load));
    if (head.next() == null_offset) return null_offset;
    const Link top(store_.load(Geometry::link(head.next()), Site::spare_next));
    std::uint64_t expected = head.bits();
    // Linearization point of a pop: success here.
    if (store_.compare_exchange_weak(geometry_.spare_head(), expected, head.linked_to(top.next()).bits(), Site::spare_pop))
      return head.next();
    store_.retry(loop);
  }
}

template <WordStore Store>
void DescriptorSupply<Store>::push_chain(Offset first, Offset last) const {
  Link own(store_.load(Geometry::link(last), Site::spare_tag));
  auto loop = store_.loop_head();
  for (;;) {
    const Link head(store_.load(geometry_.spare_head(), Site::spare_top));
    own = own.marked_to(head.next());
    store_.store(Geometry::link(last), own.bits(), Site::spare_link);
    std::uint64_t expected = head.bits();
    // Linearization point of a push: success here.
    if (store_.compare_exchange_weak(geometry_.spare_head(), expected, head.linked_to(first).bits(), Site::spare_push)) return;
    store_.retry(loop);
  }
}

}  // namespace rarena::detail
