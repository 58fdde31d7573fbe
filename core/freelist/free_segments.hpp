// FreeSegments: the freelist as the arena sees it. Chooses list and order by kind, splits, and finds descriptors.
//
// A taken segment is cut to the request: leading padding and the rest go back to the list if they are worth keeping
// (at least min_segment_size bytes), otherwise they belong to the allocation. The taken segment's own descriptor describes
// what goes back.
//
// Progress: lock-free. Thread safety: any number of threads. The kind is fixed for the life of the arena.
// Invariants: SEG-1, SEG-2, FL-1 to FL-4 (by the parts), and exactness: a freed n-byte segment serves n bytes again.
#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include "../bump/cursor.hpp"
#include "descriptor_supply.hpp"
#include "sorted_list.hpp"

namespace rarena {

// What an allocation owns, and the part of it that was asked for.
struct Allocation {
  Extent segment;
  Extent used;
};

// What the arena needs of a freelist.
template <class F>
concept SegmentSource = requires(const F& segments, Request request, Extent extent, Fitted fitted) {
  { segments.take(request) } -> std::same_as<std::optional<Allocation>>;  // nullopt: nothing fits
  { segments.settle(fitted) } -> std::same_as<Allocation>;                // cut what the cursor gave
  { segments.put(extent) } -> std::same_as<void>;                         // the caller's bytes are free now
  { segments.discard_all() } -> std::same_as<Size>;                       // bytes that became discarded
};

template <WordStore Store>
class FreeSegments {
 public:
  FreeSegments(Store store, const Geometry& geometry, Freelist kind, Size slab)
      : store_(store), geometry_(geometry), kind_(kind), cursor_(store, geometry), supply_(store, geometry, slab) {}

  // A free segment cut to the request, claimed for the caller. nullopt if the policy finds none. Lock-free.
  std::optional<Allocation> take(Request request) const;

  // Cuts bytes that the caller owns to a request that was fitted into them. Lock-free.
  Allocation settle(Fitted parts) const { return settle(parts, null_offset); }

  // Makes bytes that the caller owns free. What the list cannot hold (no freelist, or smaller than min_segment_size) is
  // discarded. Lock-free, O(length).
  void put(Extent segment) const;

  // Empties the list; returns the bytes, which now count as discarded. Lock-free.
  Size discard_all() const;

  // Makes descriptors ahead of need.
  void reserve(Size descriptors) const {
    if (kind_ != Freelist::none) supply_.reserve(descriptors);
  }

  // Calls visit(extent) in list order; exact at quiescence.
  template <class Visit>
  void walk(Visit visit) const {
    with_list([&](const auto& list) { list.walk([&](Extent segment, Offset) { visit(segment); }, descriptor_limit()); });
  }

  // Calls visit(offset) for every unused descriptor; exact at quiescence.
  template <class Visit>
  void walk_spare(Visit visit) const {
    if (kind_ != Freelist::none) supply_.walk(visit, descriptor_limit());
  }

  // Calls visit(extent) for everything that is free or a descriptor of what is free or of nothing; exact at quiescence. Beside
  // other threads something may be missed, or come twice, but never bytes that the caller owns.
  template <class Visit>
  void walk_all(Visit visit) const {
    const auto visit_descriptor = [&](Offset descriptor) { visit(Extent{descriptor, descriptor_size}); };
    const auto visit_segment = [&](Extent segment, Offset descriptor) {
      visit(segment);
      visit_descriptor(descriptor);
    };
    with_list([&](const auto& list) { list.walk(visit_segment, descriptor_limit()); });
    walk_spare(visit_descriptor);
  }

  Size min_segment_size() const { return store_.load(geometry_.min_segment_size(), Site::min_segment_load); }
  void set_min_segment_size(Size bytes) const { store_.store(geometry_.min_segment_size(), bytes, Site::min_segment_store); }

 private:
  // Calls use(list) with the list of this kind; not at all if there is none.
  template <class Use>
  void with_list(Use use) const {
    if (kind_ == Freelist::optimistic) use(SortedList<Store, Optimistic>(store_, geometry_));
    if (kind_ == Freelist::pessimistic) use(SortedList<Store, Pessimistic>(store_, geometry_));
  }

  Allocation settle(Fitted parts, Offset descriptor) const;
  void insert(Offset descriptor, Extent segment) const {
    with_list([&](const auto& list) { list.insert(descriptor, segment); });
  }
  bool worth_keeping(Extent part, Size min) const { return kind_ != Freelist::none && !part.empty() && part.size >= min; }
  std::uint64_t descriptor_limit() const { return geometry_.capacity() / descriptor_size; }

  Store store_;
  Geometry geometry_;
  Freelist kind_;
  Cursor<Store> cursor_;
  DescriptorSupply<Store> supply_;
};

template <WordStore Store>
std::optional<Allocation> FreeSegments<Store>::take(Request request) const {
  std::optional<Claimed> claimed;
  with_list([&](const auto& list) { claimed = list.claim(request); });
  if (!claimed) return std::nullopt;
  return settle(*fit(claimed->segment, request), claimed->descriptor);
}

template <WordStore Store>
Allocation FreeSegments<Store>::settle(Fitted parts, Offset descriptor) const {
  const Size min = min_segment_size();
  std::uint64_t begin = parts.padding.offset, end = parts.used.end();
  const auto give = [&](Extent part) {
    if (descriptor != null_offset)
      insert(std::exchange(descriptor, null_offset), part);
    else
      put(part);
  };
  const bool keep_padding = worth_keeping(parts.padding, min);
  if (keep_padding) begin = parts.used.offset;
  if (descriptor != null_offset) {
    if (worth_keeping(parts.rest, min))
      give(parts.rest);
    else
      end = parts.rest.end();
  }
  if (keep_padding) give(parts.padding);
  if (descriptor != null_offset) supply_.push(descriptor);
  return {extent_between(begin, end), parts.used};
}

template <WordStore Store>
void FreeSegments<Store>::put(Extent segment) const {
  const Size min = min_segment_size();
  if (!worth_keeping(segment, min)) return cursor_.discard(segment);
  Offset descriptor = supply_.obtain();
  if (descriptor == null_offset) {
    Extent rest;
    descriptor = supply_.obtain_from(segment, min, rest);
    if (descriptor == null_offset) return;
    segment = rest;
  }
  if (segment.empty())
    supply_.push(descriptor);
  else
    insert(descriptor, segment);
}

template <WordStore Store>
Size FreeSegments<Store>::discard_all() const {
  Size bytes = 0;
  with_list([&](const auto& list) {
    while (const auto claimed = list.claim_any()) {
      cursor_.discard(claimed->segment);
      supply_.push(claimed->descriptor);
      bytes += claimed->segment.size;
    }
  });
  return bytes;
}

}  // namespace rarena
