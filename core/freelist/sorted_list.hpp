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
// Progress: lock-free. A search restarts only if a link changed under it; a marked descriptor is unlinked by whoever
// meets it, so a thread that stopped after its mark holds nobody up. Thread safety: any number of threads.
//
// Invariants: FL-1 (order at every moment), FL-2, FL-3, FL-4, PRG-1, SEG-3 (claim after insert).
#pragma once

#include <optional>

#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"
#include "policy.hpp"

namespace rarena {

// A segment taken out of the list, and its descriptor, both the caller's alone.
struct Claimed {
  Offset descriptor;
  Extent segment;
};

template <WordStore Store, ListPolicy Policy>
class SortedList {
 public:
  SortedList(Store store, const Geometry& geometry) : store_(store), geometry_(geometry) {}

  // Puts a segment that the caller owns into the list under a descriptor that the caller owns. Lock-free, O(length).
  void insert(Offset descriptor, Extent segment) const;

  // Takes a segment into which the request fits, or nullopt if the policy finds none. Lock-free.
  std::optional<Claimed> claim(Request request) const;

  // Takes any segment, or nullopt if the list is empty. Lock-free.
  std::optional<Claimed> claim_any() const;

  // Calls visit(extent) for the unmarked segments in list order. Exact at quiescence; under concurrency a snapshot that
  // may miss or repeat segments. At most `limit` descriptors are followed.
  template <class Visit>
  void walk(Visit visit, std::uint64_t limit) const;

 private:
  // A place in the list: `prev` held `prev_link`, unmarked, which named `current` (null at the end).
  struct Position {
    Word<std::uint64_t> prev{};
    Link prev_link{};
    Offset current = null_offset;
    Link current_link{};
    Extent segment{};
  };

  template <class Stop>
  Position find(Site head, Stop stop) const;
  template <class Stop>
  std::optional<Position> search_once(Site head, Stop stop) const;
  template <class Stop>
  std::optional<Claimed> claim_at(Stop stop, Request request) const;
  void unlink(const Position& at) const;

  Store store_;
  Geometry geometry_;
};

template <WordStore Store, ListPolicy Policy>
void SortedList<Store, Policy>::insert(Offset descriptor, Extent segment) const {
  const Word<std::uint64_t> link = Geometry::link(descriptor);
  store_.release(segment);
  store_.store(Geometry::extent(descriptor), encode(segment), Site::insert_extent);
  Link own(store_.load(link, Site::insert_tag));
  const auto loop = store_.loop_head();
  for (;;) {
    const Position at = find(Site::find_head, [&](Extent e) { return !Policy::precedes(e.size, segment.size); });
    own = own.linked_to(at.current);
    store_.store(link, own.bits(), Site::insert_link);
    std::uint64_t expected = at.prev_link.bits();
    // Linearization point of a free: success here.
    if (store_.compare_exchange_weak(at.prev, expected, at.prev_link.linked_to(descriptor).bits(), Site::insert_publish))
      return;
    store_.retry(loop);
  }
}

template <WordStore Store, ListPolicy Policy>
std::optional<Claimed> SortedList<Store, Policy>::claim(Request request) const {
  return claim_at([&](Extent e) { return Policy::stops_at(e, request); }, request);
}

template <WordStore Store, ListPolicy Policy>
std::optional<Claimed> SortedList<Store, Policy>::claim_any() const {
  return claim_at([](Extent) { return true; }, Request{});
}

template <WordStore Store, ListPolicy Policy>
template <class Stop>
std::optional<Claimed> SortedList<Store, Policy>::claim_at(Stop stop, Request request) const {
  const auto loop = store_.loop_head();
  for (;;) {
    const Position at = find(Site::find_head, stop);
    if (at.current == null_offset || !fit(at.segment, request)) return std::nullopt;
    std::uint64_t expected = at.current_link.bits();
    const Link mark = at.current_link.marked_to(at.current_link.next());
    // Linearization point of a slow-path allocation: success here.
    if (store_.compare_exchange_weak(Geometry::link(at.current), expected, mark.bits(), Site::claim_mark)) {
      unlink(at);
      store_.claim(at.segment);
      return Claimed{at.current, at.segment};
    }
    store_.retry(loop);
  }
}

// Returns only when the marked descriptor is certainly out of the list. If the CAS fails, a search that goes past every
// segment of this size has met it and helped, or somebody else has.
template <WordStore Store, ListPolicy Policy>
void SortedList<Store, Policy>::unlink(const Position& at) const {
  std::uint64_t expected = at.prev_link.bits();
  const Link past = at.prev_link.linked_to(at.current_link.next());
  if (store_.compare_exchange_weak(at.prev, expected, past.bits(), Site::claim_unlink)) return;
  find(Site::confirm_head, [&](Extent e) { return Policy::precedes(at.segment.size, e.size); });
}

// The first unmarked segment at which `stop` holds, or the end of the list.
template <WordStore Store, ListPolicy Policy>
template <class Stop>
auto SortedList<Store, Policy>::find(Site head, Stop stop) const -> Position {
  const auto loop = store_.loop_head();
  for (;;) {
    if (const std::optional<Position> position = search_once(head, stop)) return *position;
    store_.retry(loop);
  }
}

// nullopt: a link changed under the search.
template <WordStore Store, ListPolicy Policy>
template <class Stop>
auto SortedList<Store, Policy>::search_once(Site head, Stop stop) const -> std::optional<Position> {
  Position at{.prev = geometry_.free_head()};
  at.prev_link = Link(store_.load(at.prev, head));
  while ((at.current = at.prev_link.next()) != null_offset) {
    at.current_link = Link(store_.load(Geometry::link(at.current), Site::find_link));
    at.segment = decode_extent(store_.load(Geometry::extent(at.current), Site::find_extent));
    if (Link(store_.load(at.prev, Site::find_validate)) != at.prev_link) return std::nullopt;
    if (at.current_link.marked()) {
      std::uint64_t expected = at.prev_link.bits();
      const Link past = at.prev_link.linked_to(at.current_link.next());
      if (!store_.compare_exchange_weak(at.prev, expected, past.bits(), Site::find_help)) return std::nullopt;
      at.prev_link = past;
      continue;
    }
    if (stop(at.segment)) return at;
    at.prev = Geometry::link(at.current);
    at.prev_link = at.current_link;
  }
  return at;
}

template <WordStore Store, ListPolicy Policy>
template <class Visit>
void SortedList<Store, Policy>::walk(Visit visit, std::uint64_t limit) const {
  Offset current = Link(store_.load(geometry_.free_head(), Site::walk_head)).next();
  for (; current != null_offset && limit != 0; --limit) {
    const Link link(store_.load(Geometry::link(current), Site::walk_link));
    const Extent segment = decode_extent(store_.load(Geometry::extent(current), Site::walk_extent));
    if (!link.marked()) visit(segment, current);
    current = link.next();
  }
}

}  // namespace rarena
