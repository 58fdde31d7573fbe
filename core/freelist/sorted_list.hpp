// The sorted, lock-free list of free segments, described out of band.
//
// Source: Michael, "High performance dynamic lock-free hash tables and list-based sets", SPAA 2002, with tags against
// ABA instead of hazard pointers (Michael and Scott, PODC 1996): descriptors are type-stable, so a slow thread that
// holds a recycled one reads two atomics, sees a changed tag, and starts again.
//
// A descriptor is in one of four states, and only its owner moves it out of the first and the last:
//
//     private (marked)  --insert_link, insert_publish-->  linked  --claim_mark-->  marked, still linked
//                                                                   --claim_unlink or find_help-->  private (marked)
//
// Between insert_link and insert_publish it is unmarked and not yet linked: nobody can claim it, because a searcher that
// sees the new link also sees (acquire) that its own path to it is gone.
//
// Boundaries (size_index.hpp) stand in the list too, always unmarked. A search begins at one of them, so it is short however
// long the list is; one that was long makes a table of new ones.
//
// Progress: lock-free. A search restarts only if a link changed under it; a marked descriptor is unlinked by whoever
// meets it, so a thread that stopped after its mark holds nobody up. Thread safety: any number of threads.
//
// Invariants: FL-1 (order at every moment), FL-2, FL-3, FL-4, PRG-1, SEG-3 (claim after insert).
#pragma once

#include <optional>

#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"
#include "hints.hpp"
#include "policy.hpp"
#include "size_index.hpp"

namespace rarena::detail {

// A segment taken out of the list, and its descriptor, both the caller's alone.
struct Claimed {
  Offset descriptor;
  Extent segment;
};

template <WordStore Store, ListPolicy Policy>
class SortedList {
 public:
  // A place in the list: `prev` held `prev_link`, unmarked, which named `current` (null at the end).
  struct Position {
    Word<std::uint64_t> prev{};
    Link prev_link{};
    Offset current = null_offset;
    Link current_link{};
    Extent segment{};  // of a boundary: its key
  };

  // A search that walks past more than `walk` descriptors makes a table of boundaries.
  SortedList(Store store, const Geometry& geometry, Size walk)
      : store_(store), geometry_(geometry), index_(store, geometry), hints_(store, geometry), walk_(walk) {}

  // Puts a segment that the caller owns into the list under a descriptor that the caller owns. Lock-free; O(walk) with an
  // index that has room for tables, else O(length).
  void insert(Offset descriptor, Extent segment) const;

  // Takes a segment into which the request fits, or nullopt if the policy finds none. Lock-free.
  std::optional<Claimed> claim(Request request) const;

  // Takes any segment, or nullopt if the list is empty. Lock-free.
  std::optional<Claimed> claim_any() const;

  // The size of the largest segment, if all have fewer bytes than `below`; 0 if there is none. Lock-free, about O(walk).
  Size largest(Size below) const;

  // Calls visit(position) for the unmarked segments in list order, once if nobody is at work; false: it ends there. Goes back
  // to the last boundary (null: the head) where a link has changed, and then calls again(boundary): what it has visited behind
  // that one comes again. false: it did not see all. Bounded.
  template <class Visit, class Again>
  bool look_through(Visit visit, Again again) const;

  // Takes the segment that was seen at a position, however long ago; if something else was put behind it since, from where it
  // is now. On success `at` is the position, and the link in `prev` behind its unlinking, if that is known. Lock-free.
  struct Taken {
    Position at;
    std::optional<Link> prev_link;
  };
  std::optional<Taken> take(Position at) const;

  // Where a search begins: at the head, or behind a boundary; and the boundary of such a word.
  Word<std::uint64_t> start(Offset boundary) const {
    return boundary == null_offset ? geometry_.free_head() : Geometry::link(boundary);
  }
  Offset boundary_at(Word<std::uint64_t> start) const {
    return start == geometry_.free_head() ? null_offset : static_cast<Offset>(start.place);
  }

  // Calls visit(extent) for the unmarked segments in list order. Exact at quiescence; under concurrency a snapshot that
  // may miss or repeat segments. At most `limit` descriptors are followed.
  template <class Visit>
  void walk(Visit visit, std::uint64_t limit) const;

 private:
  using Slot = typename SizeIndex<Store, Policy>::Slot;

  Position find(Site head, Offset from, const auto& stop, Size& walked) const;
  Position find(Site head, Offset from, const auto& stop) const {
    Size walked = 0;
    return find(head, from, stop, walked);
  }
  bool search_once(Position& at, Site head, Offset from, const auto& stop, Size& walked) const;
  std::optional<Claimed> claim_at(Offset from, const auto& stop, Request request, Size& walked) const;
  std::optional<Claimed> claim_largest(Request request) const;
  Size insert_at(Offset from, Offset descriptor, Extent extent, const auto& stop) const;
  bool mark(const Position& at, std::uint64_t& found) const;
  std::optional<Link> unlink(const Position& at) const;
  [[gnu::noinline]] void confirm(const Position& at) const;
  void make_table(const Slot& slot) const;
  bool is_segment(const Position& at) const { return !geometry_.is_boundary(at.current); }

  Store store_;
  Geometry geometry_;
  SizeIndex<Store, Policy> index_;
  Hints<Store> hints_;
  Size walk_;
};

template <WordStore Store, ListPolicy Policy>
void SortedList<Store, Policy>::insert(Offset descriptor, Extent segment) const {
  store_.release(segment);
  hints_.adding(segment);
  const Slot slot = index_.slot(segment.size);
  const Size walked = insert_at(slot.boundary, descriptor, segment, [&](const Position& at) {
    return is_segment(at) ? !Policy::precedes(at.segment.size, segment.size) : Policy::precedes(segment.size, at.segment.size);
  });
  hints_.added();
  if (Policy::kind == Freelist::optimistic) hints_.raise_largest(segment.size);
  if (walked > walk_) make_table(slot);
}

// Links a private descriptor in front of the first place where `stop` holds; returns how far that was.
template <WordStore Store, ListPolicy Policy>
Size SortedList<Store, Policy>::insert_at(Offset from, Offset descriptor, Extent extent, const auto& stop) const {
  const Word<std::uint64_t> link = Geometry::link(descriptor);
  store_.store(Geometry::extent(descriptor), encode(extent), Site::insert_extent);
  Link own(store_.load(link, Site::insert_tag));
  auto loop = store_.loop_head();
  for (;;) {
    Size walked = 0;
    const Position at = find(Site::find_head, from, stop, walked);
    own = own.linked_to(at.current);
    store_.store(link, own.bits(), Site::insert_link);
    std::uint64_t expected = at.prev_link.bits();
    // Linearization point of a free: success here.
    if (store_.compare_exchange_weak(at.prev, expected, at.prev_link.linked_to(descriptor).bits(), Site::insert_publish))
      return walked;
    store_.retry(loop);
  }
}

// Divides the range of a slot: its boundaries are linked first, and only then is the table published.
template <WordStore Store, ListPolicy Policy>
void SortedList<Store, Policy>::make_table(const Slot& slot) const {
  const Offset table = index_.take_table(slot);
  if (table == null_offset) return;
  const unsigned shift = SizeIndex<Store, Policy>::shift_below(slot), ranges = 1U << (slot.shift - shift);
  constexpr bool ascending = Policy::precedes(0, 1);
  // In the order of the list, so that each begins its search at the one before.
  Offset from = slot.boundary;
  for (unsigned i = 0; i < ranges; ++i) {
    const unsigned number = ascending ? i : ranges - 1 - i;
    const Offset boundary = table + number * descriptor_size;
    const Extent key = SizeIndex<Store, Policy>::key(slot.low + (Size{number} << shift), shift);
    store_.store(Geometry::link(boundary), Link(null_offset, true, 0).bits(), Site::slab_link);
    insert_at(from, boundary, key, [&](const Position& at) { return !Policy::precedes(at.segment.size, key.size); });
    from = boundary;
  }
  index_.publish_table(slot, table);
}

template <WordStore Store, ListPolicy Policy>
std::optional<Claimed> SortedList<Store, Policy>::claim(Request request) const {
  if constexpr (Policy::kind == Freelist::optimistic) return claim_largest(request);
  const Slot slot = index_.slot(request.size);
  const auto fits = [&](const Position& at) { return is_segment(at) && Policy::stops_at(at.segment, request); };
  Size walked = 0;
  const auto claimed = claim_at(slot.boundary, fits, request, walked);
  if (walked > walk_) make_table(slot);
  return claimed;
}

// The first segment, found by a hint; where that shows nothing, from the head.
template <WordStore Store, ListPolicy Policy>
std::optional<Claimed> SortedList<Store, Policy>::claim_largest(Request request) const {
  const auto first = [this](const Position& at) { return is_segment(at); };
  const Size largest = hints_.largest();
  const Offset from = index_.boundary(largest);
  Size walked = 0;
  auto claimed = claim_at(from, first, request, walked);
  if (!claimed && from != null_offset) claimed = claim_at(null_offset, first, request, walked);
  if (!geometry_.has_index() || walked <= walk_ / 4 || !claimed) return claimed;
  if (hints_.lower_largest(largest, claimed->segment.size)) {
    const Position again = find(Site::find_head, from, first);
    if (again.current != null_offset) hints_.raise_largest(again.segment.size);
  }
  return claimed;
}

template <WordStore Store, ListPolicy Policy>
std::optional<Claimed> SortedList<Store, Policy>::claim_any() const {
  Size walked = 0;
  return claim_at(null_offset, [this](const Position& at) { return is_segment(at); }, Request{}, walked);
}

template <WordStore Store, ListPolicy Policy>
std::optional<Claimed> SortedList<Store, Policy>::claim_at(Offset from, const auto& stop, Request request, Size& walked) const {
  auto loop = store_.loop_head();
  for (;;) {
    const Position at = find(Site::find_head, from, stop, walked);
    if (at.current == null_offset || !fit(at.segment, request)) return std::nullopt;
    if (std::uint64_t found; mark(at, found)) {
      unlink(at);
      store_.claim(at.segment);
      hints_.removed(at.segment);
      return Claimed{at.current, at.segment};
    }
    store_.retry(loop);
  }
}

template <WordStore Store, ListPolicy Policy>
[[gnu::always_inline]] inline bool SortedList<Store, Policy>::mark(const Position& at, std::uint64_t& found) const {
  found = at.current_link.bits();
  const Link marked = at.current_link.marked_to(at.current_link.next());
  // Linearization point of a slow-path allocation, and of taking a segment to merge it: success here.
  return store_.compare_exchange_weak(Geometry::link(at.current), found, marked.bits(), Site::claim_mark);
}

// Returns only when the marked descriptor is certainly out of the list. If the CAS fails, a search that goes past every
// segment of this size has met it and helped, or somebody else has. One that reaches the successor of the marked one has shown
// as much: behind a mark nothing changes, so the successor has no other predecessor as long as the marked one is linked.
// The link that stands in `prev` now, if that is known.
template <WordStore Store, ListPolicy Policy>
[[gnu::always_inline]] inline std::optional<Link> SortedList<Store, Policy>::unlink(const Position& at) const {
  std::uint64_t expected = at.prev_link.bits();
  const Link past = at.prev_link.linked_to(at.current_link.next());
  // What a merge remembers may lead to what was put in front of the marked one since.
  const bool leads_here = at.prev_link.next() == at.current;
  if (leads_here && store_.compare_exchange_weak(at.prev, expected, past.bits(), Site::claim_unlink)) return past;
  confirm(at);
  return std::nullopt;
}

template <WordStore Store, ListPolicy Policy>
void SortedList<Store, Policy>::confirm(const Position& at) const {
  find(Site::confirm_head, index_.boundary(at.segment.size), [&](const Position& p) {
    return Policy::precedes(at.segment.size, p.segment.size) || (geometry_.has_index() && p.current == at.current_link.next());
  });
}

template <WordStore Store, ListPolicy Policy>
auto SortedList<Store, Policy>::take(Position at) const -> std::optional<Taken> {
  const Offset descriptor = at.current;
  const Extent segment = at.segment;
  if (std::uint64_t found; !mark(at, found)) {
    // What somebody has taken is not searched for: of several that merge at once, each would search for what the others took.
    const Link link(found);
    if (link.marked() || decode_extent(store_.load(Geometry::extent(descriptor), Site::find_extent)) != segment)
      return std::nullopt;
    // What was seen is no pass of the loop: an engine that leaves out passes without effect must not leave out what follows it.
    auto loop = store_.loop_head();
    for (;;) {
      at = find(Site::find_head, index_.boundary(segment.size),
                [&](const Position& p) { return p.current == descriptor || Policy::precedes(segment.size, p.segment.size); });
      if (at.current != descriptor || at.segment != segment) return std::nullopt;
      if (mark(at, found)) break;
      store_.retry(loop);
    }
  }
  const std::optional<Link> prev_link = unlink(at);
  store_.claim(segment);
  hints_.removed(segment);
  return Taken{at, prev_link};
}

// The first unmarked descriptor behind `from` at which `stop` holds, or the end of the list. Counts how far that was.
template <WordStore Store, ListPolicy Policy>
[[gnu::always_inline]] inline auto SortedList<Store, Policy>::find(Site head, Offset from, const auto& stop, Size& walked) const
    -> Position {
  auto loop = store_.loop_head();
  for (;;) {
    Position at;
    if (search_once(at, head, from, stop, walked)) return at;
    store_.retry(loop);
  }
}

// `from` is a boundary, or null: the head. false: a link changed under the search.
template <WordStore Store, ListPolicy Policy>
[[gnu::always_inline]] inline bool SortedList<Store, Policy>::search_once(Position& found, Site head, Offset from,
                                                                          const auto& stop, Size& walked) const {
  Position at{.prev = start(from)};
  at.prev_link = Link(store_.load(at.prev, head));
  Size steps = 0;
  for (; (at.current = at.prev_link.next()) != null_offset; ++steps) {
    at.current_link = Link(store_.load(Geometry::link(at.current), Site::find_link));
    at.segment = decode_extent(store_.load(Geometry::extent(at.current), Site::find_extent));
    if (Link(store_.load(at.prev, Site::find_validate)) != at.prev_link) return false;
    if (at.current_link.marked()) {
      std::uint64_t expected = at.prev_link.bits();
      const Link past = at.prev_link.linked_to(at.current_link.next());
      if (!store_.compare_exchange_weak(at.prev, expected, past.bits(), Site::find_help)) return false;
      at.prev_link = past;
      continue;
    }
    if (stop(at)) break;
    at.prev = Geometry::link(at.current);
    at.prev_link = at.current_link;
  }
  walked += steps;
  found = at;
  return true;
}

template <WordStore Store, ListPolicy Policy>
Size SortedList<Store, Policy>::largest(Size below) const {
  if constexpr (Policy::kind == Freelist::optimistic) {
    const auto first = [this](const Position& at) { return is_segment(at); };
    const Offset from = index_.boundary(hints_.largest());
    Position at = find(Site::find_head, from, first);
    if (at.current == null_offset && from != null_offset) at = find(Site::find_head, null_offset, first);
    return at.current == null_offset ? 0 : at.segment.size;
  }
  // The last one in the range of sizes in front of `below`, or in the range before that, and so on.
  for (Size limit = below; limit != 0;) {
    const Slot slot = index_.slot(limit - 1);
    Size last = 0;
    find(Site::find_head, slot.boundary, [&](const Position& at) {
      if (at.segment.size >= limit) return true;
      if (is_segment(at)) last = at.segment.size;
      return false;
    });
    if (last != 0 || slot.boundary == null_offset || slot.low >= limit) return last;
    limit = slot.low;
  }
  return 0;
}

template <WordStore Store, ListPolicy Policy>
template <class Visit, class Again>
bool SortedList<Store, Policy>::look_through(Visit visit, Again again) const {
  constexpr int often = 64;
  Offset from = null_offset;
  for (int tries = 0; tries < often; ++tries) {
    bool all = true;
    const auto stop = [&](const Position& at) {
      if (is_segment(at))
        all = visit(at);
      else
        from = at.current;
      return !all;
    };
    Size walked = 0;
    Position end;
    if (search_once(end, Site::find_head, from, stop, walked)) return all;
    again(from);
  }
  return false;
}

template <WordStore Store, ListPolicy Policy>
template <class Visit>
void SortedList<Store, Policy>::walk(Visit visit, std::uint64_t limit) const {
  Offset current = Link(store_.load(geometry_.free_head(), Site::walk_head)).next();
  for (; current != null_offset && limit != 0; --limit) {
    const Link link(store_.load(Geometry::link(current), Site::walk_link));
    const Extent segment = decode_extent(store_.load(Geometry::extent(current), Site::walk_extent));
    if (!link.marked() && !geometry_.is_boundary(current)) visit(segment, current);
    current = link.next();
  }
}

}  // namespace rarena::detail
