// Merge: joins adjacent free segments while other threads allocate and free.
//
//     1 one walk of the list remembers the segments, their links and what stands before them
//     2 sorted by offset, adjacent ones are runs; so is a single one that ends at the cursor
//     3 run by run, each member is taken out of the list as an allocation takes it: marked by a CAS from the very link that was
//       seen, whose tag proves that it has been linked ever since, and unlinked at once by what was seen before it
//     4 what was taken is joined, and given to the cursor or put back into the list
//
// The run that a refused request would fit into comes first. Others follow as far as a part of the list goes that one call may
// be charged with. A member that was taken by somebody else ends what is joined, and the merge is not complete then. A thread
// that stops, or is killed, holds the members of one run at most, and what it has only marked is whoever's meets it.
//
// Progress: lock-free, O(n) for n free segments and a search for each that is joined. Thread safety: any number of threads; the
// room is the caller's.
//
// Prior art: Leite and Rocha, "A lock-free coalescing-capable mechanism for memory management", ISMM 2019, for blocks that know
// their neighbours by address.
//
// Invariants: SEG-1, SEG-2 (a member is the merger's alone before it is joined), FL-1, FL-2, CUR-1, FL-5 (a complete merge
// leaves no two adjacent segments, and none at the cursor).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "../bump/cursor.hpp"
#include "../layout/sort.hpp"
#include "descriptor_supply.hpp"
#include "merge_room.hpp"
#include "sorted_list.hpp"

namespace rarena {

// What a merge has done.
struct Merged {
  bool complete = false;         // every run was joined
  std::uint64_t joined = 0;      // segments that went into others, or to the cursor
  std::uint64_t seen = 0;        // segments that there were
  std::uint64_t put = 0;         // segments that it put into the list
  std::uint64_t given_back = 0;  // and to the cursor
};

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
class Merge {
 public:
  Merge(Store store, const Geometry& geometry, Size walk)
      : list_(store, geometry, walk), cursor_(store, geometry), supply_(store, geometry), hints_(store, geometry),
        capacity_(geometry.capacity()) {}

  // Joins all; or, if a request is wanted, what that would fit into, and of the rest a part. Lock-free.
  Merged run(const std::optional<Request>& wanted);

 private:
  using List = SortedList<Store, Policy>;
  using Position = typename List::Position;
  // Numbers [first, stop) of the order.
  struct Run {
    std::size_t first = 0, stop = 0;
    std::size_t count() const { return stop - first; }
  };

  bool look();
  bool sort();
  Run run_from(std::size_t first) const;
  bool joinable(Run run) const { return run.count() > 1 || extent(run).end() == top_; }
  Extent extent(Run run) const { return extent_between(at(run.first).extent.offset, at(run.stop - 1).extent.end()); }
  Run best_for(Request wanted) const;
  void join(Run run);
  bool take(std::uint32_t number);
  void put_back();
  Position position(const SeenSegment& seen) const;
  const SeenSegment& at(std::size_t rank) const { return seen_[order_[rank]]; }

  List list_;
  Cursor<Store> cursor_;
  DescriptorSupply<Store> supply_;
  Hints<Store> hints_;
  Size capacity_;
  Room room_;
  std::span<SeenSegment> seen_;
  std::span<std::uint32_t> order_;
  Offset top_ = null_offset;
  Claimed hand_{};  // what is being joined
  bool failed_ = false;
  Merged result_;
};

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
Merged Merge<Store, Policy, Room>::run(const std::optional<Request>& wanted) {
  const bool all_seen = look();
  top_ = cursor_.allocated();
  result_.seen = seen_.size();
  result_.complete = all_seen && seen_.empty();
  if (!sort()) return result_;
  const std::size_t limit = wanted ? std::max<std::size_t>(8192, seen_.size() / 8) : seen_.size();
  Run first;
  if (wanted) first = best_for(*wanted);
  if (first.count() != 0) join(first);
  bool all_joined = true;
  for (Run run{0, 0}; run.stop < order_.size();) {
    run = run_from(run.stop);
    if (!joinable(run) || (first.count() != 0 && run.first == first.first)) continue;
    all_joined = result_.joined < limit;
    if (!all_joined) break;
    join(run);
  }
  result_.complete = all_seen && all_joined && !failed_;
  return result_;
}

// false: not all of the list was seen.
template <WordStore Store, ListPolicy Policy, MergeRoom Room>
bool Merge<Store, Policy, Room>::look() {
  const bool all = list_.look_through(
      [&](const Position& p) {
        const auto number = static_cast<std::uint32_t>(room_.seen().size());
        SeenSegment seen{.link = p.current_link, .before_link = p.prev_link, .extent = p.segment, .descriptor = p.current};
        if (number != 0 && Geometry::link(room_.seen().back().descriptor) == p.prev)
          seen.before = number - 1;
        else
          seen.boundary = list_.boundary_at(p.prev);
        return room_.push(seen);
      },
      [&](std::size_t kept) { room_.truncate(kept); });
  seen_ = room_.seen();
  for (std::uint32_t i = 0; i < seen_.size(); ++i)
    if (seen_[i].before != SeenSegment::none) seen_[seen_[i].before].behind = i;
  return all;
}

// false: there is nothing, or no room.
template <WordStore Store, ListPolicy Policy, MergeRoom Room>
bool Merge<Store, Policy, Room>::sort() {
  if (seen_.empty()) return false;
  const MergeOrder order = room_.order(seen_.size());
  if (order.numbers.empty()) return false;
  for (std::uint32_t i = 0; i < seen_.size(); ++i) order.numbers[i] = i;
  const auto offset = [this](std::uint32_t number) { return seen_[number].extent.offset; };
  constexpr std::size_t many = 512;
  order_ = order.numbers;
  if (seen_.size() >= many)
    order_ = sort_by_digits(order.numbers, order.other, offset);
  else
    std::ranges::sort(order_, {}, offset);
  return true;
}

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
auto Merge<Store, Policy, Room>::run_from(std::size_t first) const -> Run {
  Run run{first, first + 1};
  while (run.stop < order_.size() && at(run.stop).extent.offset == at(run.stop - 1).extent.end()) ++run.stop;
  return run;
}

// The smallest run into which the request fits once it is joined. What goes to the cursor has the room above it, too.
template <WordStore Store, ListPolicy Policy, MergeRoom Room>
auto Merge<Store, Policy, Room>::best_for(Request wanted) const -> Run {
  Run best;
  Size smallest = 0;
  for (Run run{0, 0}; run.stop < order_.size();) {
    run = run_from(run.stop);
    const Extent room = extent(run).end() == top_ ? extent_between(extent(run).offset, capacity_) : extent(run);
    if (!joinable(run) || !fit(room, wanted)) continue;
    if (best.count() == 0 || room.size < smallest) best = run, smallest = room.size;
  }
  return best;
}

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
void Merge<Store, Policy, Room>::join(Run run) {
  for (std::size_t rank = run.first; rank < run.stop; ++rank) {
    const std::uint32_t number = order_[rank];
    if (!take(number)) {
      failed_ = true;
      put_back();
      continue;
    }
    const SeenSegment& member = seen_[number];
    if (hand_.descriptor == null_offset) {
      hand_ = {member.descriptor, member.extent};
      continue;
    }
    hand_.segment.size += member.extent.size;
    supply_.push(member.descriptor);
    ++result_.joined;
  }
  put_back();
}

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
void Merge<Store, Policy, Room>::put_back() {
  if (hand_.descriptor == null_offset) return;
  if (hand_.segment.end() == top_ && cursor_.give_back(hand_.segment)) {
    supply_.push(hand_.descriptor);
    hints_.added();
    ++result_.given_back;
    ++result_.joined;
  } else {
    list_.insert(hand_.descriptor, hand_.segment);
    ++result_.put;
  }
  hand_ = {};
}

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
auto Merge<Store, Policy, Room>::position(const SeenSegment& seen) const -> Position {
  Position p{.current = seen.descriptor, .current_link = seen.link, .segment = seen.extent};
  if (seen.before != SeenSegment::none) {
    p.prev = Geometry::link(seen_[seen.before].descriptor);
    p.prev_link = seen_[seen.before].link;
  } else {
    p.prev = list_.start(seen.boundary);
    p.prev_link = seen.before_link;
  }
  return p;
}

// Takes a segment out of the list. The link that then leads past it is remembered only where it follows the very link that was
// seen: what stands before may be another segment by now, and its link would prove what is not so. A link that is out of date
// makes a CAS fail.
template <WordStore Store, ListPolicy Policy, MergeRoom Room>
bool Merge<Store, Policy, Room>::take(std::uint32_t number) {
  SeenSegment& seen = seen_[number];
  const Position as_seen = position(seen);
  const auto taken = list_.take(as_seen);
  if (!taken) return false;
  const bool known = taken->prev_link && taken->at.prev == as_seen.prev && taken->at.prev_link == as_seen.prev_link;
  const Link past = known ? *taken->prev_link : as_seen.prev_link;
  if (seen.behind != SeenSegment::none) {
    SeenSegment& behind = seen_[seen.behind];
    behind.before = seen.before;
    behind.boundary = seen.boundary;
    behind.before_link = past;
  }
  if (seen.before != SeenSegment::none) {
    seen_[seen.before].behind = seen.behind;
    seen_[seen.before].link = past;
  }
  return true;
}

}  // namespace rarena
