// FreeSegments: the freelist as the arena sees it. Chooses list and order by kind, splits, finds descriptors, and merges.
//
// A taken segment is cut to the request: leading padding and the rest go back to the list if they are worth keeping
// (at least min_segment_size bytes), otherwise they belong to the allocation. The taken segment's own descriptor describes
// what goes back. A segment that is freed is listed however small it is.
//
// Where a descriptor comes from, in this order: the unused ones; a merge, if it is due; a slab from the cursor; a large part of
// a free segment; a part of the segment that is freed; of any free one. Only what can have none of these is discarded. A slab
// is a quarter of what the last merge left, or else as much of it as some segment has room for. So they lie in few places:
// bytes that have become descriptors stay descriptors, and nothing that is joined goes past them.
//
// Progress: lock-free. Thread safety: any number of threads. The kind is fixed for the life of the arena.
// Invariants: SEG-1, SEG-2, FL-1 to FL-5 (by the parts), and exactness: a freed n-byte segment serves n bytes again.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <utility>

#include "../bump/cursor.hpp"
#include "descriptor_supply.hpp"
#include "merge.hpp"
#include "sorted_list.hpp"
#include "tuning.hpp"

namespace rarena {

/// What BasicArena::allocate returns.
struct Allocation {
  Extent segment;  ///< All that is owned, with padding in front and slack behind; what is to be freed.
  Extent used;     ///< The part of it that was asked for, aligned as it was asked.
};

namespace detail {

// Gives up what is allocated beside the bytes that were asked for.
template <class GiveUp>
void keep_the_used(const Allocation& allocation, GiveUp give_up) {
  const auto& [segment, used] = allocation;
  give_up(extent_between(used.end(), segment.end()));
  give_up(extent_between(segment.offset, used.offset));
}

// What a freelist has left: free bytes, and the size of its largest segment.
struct FreeBytes {
  std::uint64_t bytes = 0;
  Size largest = 0;
};

// What the arena needs of a freelist.
template <class F>
concept SegmentSource = requires(const F& segments, Request request, Extent extent, Carved carved, std::uint64_t& inserted) {
  { segments.take(request) } -> std::same_as<std::optional<Allocation>>;  // nullopt: nothing fits
  { segments.inserted() } -> std::same_as<std::uint64_t>;                 // so many so far, if it knows
  { segments.inserted_since(inserted) } -> std::same_as<bool>;            // false: none since so many; counts again
  { segments.left_for(request) } -> std::same_as<FreeBytes>;              // it was refused
  { segments.merge_for(request) } -> std::same_as<bool>;                  // it was refused; true: look again
  { segments.merging() } -> std::same_as<bool>;                           // some thread holds what it joins
  { segments.settle(carved) } -> std::same_as<Allocation>;                // what the cursor gave, with padding
  { segments.put(extent) } -> std::same_as<void>;                         // the caller's bytes are free now
  { segments.discard_all() } -> std::same_as<Size>;                       // bytes that became discarded
};

template <WordStore Store, MergeRoom Room = HeapRoom>
class FreeSegments {
 public:
  FreeSegments(Store store, const Geometry& geometry, Freelist kind, const Tuning& tuning)
      : store_(store), geometry_(geometry), kind_(kind), tuning_(tuning), cursor_(store, geometry), supply_(store, geometry),
        hints_(store, geometry), optimistic_(store, geometry, tuning.walk), pessimistic_(store, geometry, tuning.walk) {}

  // A free segment cut to the request, claimed for the caller. nullopt if the policy finds none. Lock-free.
  std::optional<Allocation> take(Request request) const;

  // What the cursor gave the caller for a request, without padding that is worth keeping. Lock-free.
  Allocation settle(Carved carved) const { return settle({carved.padding(), carved.used(), {}}, null_offset); }

  // Makes bytes that the caller owns free. What the list cannot hold (no freelist, no descriptor) is discarded. Lock-free; as
  // SortedList::insert, and now and then a merge.
  void put(Extent segment) const;

  // Merges for a request that was refused, if that may help and merging is automatic. true: it has merged. Lock-free.
  bool merge_for(Request request) const;
  // Whether some thread merges, and holds a run of segments. Wait-free.
  bool merging() const { return hints_.merging(); }

  // Joins all adjacent free segments, and gives what ends at the cursor to it. Lock-free, O(n) and a search for each that is
  // joined. The number of segments that went into others, or to the cursor.
  std::uint64_t merge() const { return merge_now({}, Reach::all).joined; }

  // Empties the list; returns the bytes, which now count as discarded. Lock-free.
  Size discard_all() const;

  // What was put into the list: nobody searches it again without a reason. Wait-free.
  std::uint64_t inserted() const { return hints_.inserted(); }
  bool inserted_since(std::uint64_t& before) const { return hints_.inserted_since(before); }

  // What there is for a request that was refused. Exact at quiescence.
  FreeBytes left_for(Request refused) const;

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
    if (kind_ == Freelist::optimistic) use(optimistic_);
    if (kind_ == Freelist::pessimistic) use(pessimistic_);
  }

  void merge_if_idle() const {
    if (!hints_.enter(false)) return;
    (void)merge_now({}, Reach::part);
    hints_.leave();
  }
  Merged merge_now(const std::optional<Request>& wanted, Reach reach) const;
  Offset descriptor(Size freed) const;
  bool break_up(Size count) const;
  Allocation settle(Fitted parts, Offset descriptor) const;
  void insert(Offset descriptor, Extent segment) const {
    with_list([&](const auto& list) { list.insert(descriptor, segment); });
  }
  bool worth_keeping(Extent part, Size min) const { return kind_ != Freelist::none && !part.empty() && part.size >= min; }
  std::uint64_t descriptor_limit() const { return geometry_.capacity() / descriptor_size; }

  Store store_;
  Geometry geometry_;
  Freelist kind_;
  Tuning tuning_;
  Cursor<Store> cursor_;
  DescriptorSupply<Store> supply_;
  Hints<Store> hints_;
  SortedList<Store, Optimistic> optimistic_;
  SortedList<Store, Pessimistic> pessimistic_;
};

template <WordStore Store, MergeRoom Room>
std::optional<Allocation> FreeSegments<Store, Room>::take(Request request) const {
  if (tuning_.merging == Merging::automatic && hints_.early()) merge_if_idle();
  std::optional<Claimed> claimed;
  with_list([&](const auto& list) { claimed = list.claim(request); });
  if (!claimed) return std::nullopt;
  return settle(*fit(claimed->segment, request), claimed->descriptor);
}

template <WordStore Store, MergeRoom Room>
Allocation FreeSegments<Store, Room>::settle(Fitted parts, Offset descriptor) const {
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

template <WordStore Store, MergeRoom Room>
[[gnu::noinline]] void FreeSegments<Store, Room>::put(Extent segment) const {
  if (segment.empty()) return;
  if (kind_ == Freelist::none) return cursor_.discard(segment);
  if (const Offset unused = descriptor(segment.size); unused != null_offset) return insert(unused, segment);
  Extent front, rest;
  if (const Offset own = supply_.from_segment(segment, tuning_.slab, front, rest); own != null_offset) {
    if (rest.empty())
      supply_.push(own);
    else
      insert(own, rest);
    return put(front);
  }
  if (break_up(1)) {
    if (const Offset unused = supply_.pop(); unused != null_offset) return insert(unused, segment);
  }
  cursor_.discard(segment);
}

// A descriptor that is not made of the segment which is freed, if that has no more room than any other.
template <WordStore Store, MergeRoom Room>
Offset FreeSegments<Store, Room>::descriptor(Size freed) const {
  constexpr Size few = 8;
  if (const Offset unused = supply_.pop(); unused != null_offset) return unused;
  if (tuning_.merging == Merging::automatic && hints_.due()) {
    merge_if_idle();
    if (const Offset unused = supply_.pop(); unused != null_offset) return unused;
  }
  Size slab = std::max(tuning_.slab, hints_.segments() / 4);
  if (const Offset first = supply_.from_cursor(slab); first != null_offset) return first;
  for (; slab >= few && freed / descriptor_size < slab; slab /= 2)
    if (break_up(slab)) return supply_.pop();
  return null_offset;
}

// Makes descriptors of a free segment that has room for so many wherever it begins: a search that had to look whether slots fit
// would walk past all that are a little too small. Only for the last chance it does. false: there is none.
template <WordStore Store, MergeRoom Room>
bool FreeSegments<Store, Room>::break_up(Size count) const {
  std::optional<Claimed> claimed;
  with_list([&](const auto& list) {
    claimed = list.claim({count * descriptor_size + descriptor_size - 1, 1});
    if (!claimed && count == 1) claimed = list.claim({descriptor_size, descriptor_size});
  });
  if (!claimed) return false;
  supply_.push(claimed->descriptor);
  Extent front, rest;
  supply_.push(supply_.from_segment(claimed->segment, std::max(count, tuning_.slab), front, rest));
  for (const Extent part : {front, rest}) {
    if (part.empty()) continue;
    if (const Offset unused = supply_.pop(); unused != null_offset)
      insert(unused, part);
    else
      cursor_.discard(part);
  }
  return true;
}

template <WordStore Store, MergeRoom Room>
FreeBytes FreeSegments<Store, Room>::left_for(Request refused) const {
  FreeBytes left;
  // Whatever is as large as this has room for it wherever it begins.
  const std::uint64_t below = std::uint64_t{refused.size} + refused.alignment - 1;
  with_list([&](const auto& list) {
    left.largest = list.largest(static_cast<Size>(std::min<std::uint64_t>(below, std::numeric_limits<Size>::max())));
  });
  const auto counted = hints_.free_bytes();
  if (counted)
    left.bytes = *counted;
  else
    walk([&](Extent segment) { left.bytes += segment.size; });
  return left;
}

template <WordStore Store, MergeRoom Room>
bool FreeSegments<Store, Room>::merge_for(Request request) const {
  if (tuning_.merging != Merging::automatic || !hints_.may_help(request.size, cursor_.allocated()) || !hints_.enter(true))
    return false;
  hints_.refused();
  (void)merge_now(request, Reach::part);
  hints_.leave();
  return true;
}

template <WordStore Store, MergeRoom Room>
Merged FreeSegments<Store, Room>::merge_now(const std::optional<Request>& wanted, Reach reach) const {
  Merged merged;
  const std::uint64_t before = hints_.inserted();
  with_list([&]<class Policy>(const SortedList<Store, Policy>& list) {
    merged = Merge<Store, Policy, Room>(list, store_, geometry_).run(wanted, reach);
  });
  std::optional<Coverage> covered;
  if (merged.complete) covered.emplace(static_cast<std::uint32_t>(before + merged.put), merged.end);
  if (!merged.stopped) hints_.merged(static_cast<Size>(merged.seen - merged.joined), covered);
  return merged;
}

template <WordStore Store, MergeRoom Room>
Size FreeSegments<Store, Room>::discard_all() const {
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

}  // namespace detail

}  // namespace rarena
