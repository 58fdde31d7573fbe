// ListPlan: the writes to the two lists. Recovery, rebuild, compaction and rewind all plan them by these functions.
//
// Progress, thread safety: plan.hpp. Invariants: FL-1, FL-3 (tags count up where a link keeps its descriptor). Not part of the
// public interface.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>

#include "plan.hpp"
#include "structure.hpp"

namespace rarena::detail::recovery {

class ListPlan {
 public:
  ListPlan(Plan& plan, const MemoryView& view) : plan_(plan), view_(view) {}

  // Both lists are empty, and no bytes are counted as discarded: from here on nothing names them.
  void drop();

  // The boundaries out of the list, each group of neighbours by one store.
  void unlink_boundaries(const Structure& structure);

  // The root boundaries into the list, which has none and so many segments now, in its order, and no table handed out. Each
  // group of neighbours is written first, where nobody sees it yet, and then linked by one store.
  using SegmentAt = std::function<ListedSegment(std::size_t)>;
  void plant_roots(Freelist kind, std::size_t segments, const SegmentAt& at);

  // What a thread had marked when it died is free again, where it is.
  void unmark(const Structure& structure);

  // The lists, which have been dropped, are of these: each free segment, in the order of the list, has the descriptor with its
  // number, and the descriptors behind those are unused. They are written first, where nobody sees them yet, then the heads.
  void publish(std::span<const Extent> segments, std::span<const Offset> descriptors);

  // The same for lists that stand, where none of the descriptors is in use and the cursor may be elsewhere. The unused ones
  // leave first: the new ones may lie there. The old list of free segments stands until one store lets the new one take its
  // place.
  void replace(std::span<const Extent> segments, std::span<const Offset> descriptors, Offset cursor);

  // A link as the plan leaves it. Behind publish() and replace() the tags are what is right of it, and where it leads its
  // caller knows.
  Link link(Word<std::uint64_t> word) const;
  void set_link(Word<std::uint64_t> word, Link link);

 private:
  void chain(std::span<const Offset> descriptors, std::span<const Extent> segments);
  void write(std::span<const Extent> segments, std::span<const Offset> descriptors);

  Plan& plan_;
  const MemoryView& view_;
  std::map<Place, Link> links_;  // those that were set one by one
  bool dropped_ = false;         // all others begin anew
};

}  // namespace rarena::detail::recovery
