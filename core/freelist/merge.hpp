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

namespace rarena::detail {

// What a merge has done.
struct Merged {
  bool complete = false;     // every run was joined
  bool stopped = false;      // as many were joined as a part has
  std::uint64_t joined = 0;  // segments that went into others, or to the cursor
  std::uint64_t seen = 0;    // segments that there were
  std::uint64_t put = 0;     // segments that it put into the list
  Offset end = null_offset;  // if it is complete, all that it has left end below
};

// How much a merge joins.
enum class Reach : std::uint8_t { all, part };

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
class Merge {
 public:
  using List = SortedList<Store, Policy>;

  // The list outlives the merge.
  Merge(const List& list, Store store, const Geometry& geometry)
      : list_(list), cursor_(store, geometry), supply_(store, geometry), hints_(store, geometry),
        capacity_(geometry.capacity()) {}

  // Joins first what a request that is wanted would fit into, and of the rest all or a part. Lock-free.
  Merged run(const std::optional<Request>& wanted, Reach reach);

 private:
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
  Extent extent(Run run) const { return extent_between(order_[run.first].extent.offset, order_[run.stop - 1].extent.end()); }
  Run best_for(Request wanted) const;
  void join(Run run);
  bool take(std::uint32_t number);
  void put_back();
  Position position(const SeenNode& seen) const;

  const List& list_;
  Cursor<Store> cursor_;
  DescriptorSupply<Store> supply_;
  Hints<Store> hints_;
  Size capacity_;
  Room room_;
  std::span<SeenNode> seen_;
  std::span<const MergeKey> order_;  // by offset
  Offset top_ = null_offset;
  Claimed hand_{};  // what is being joined
  bool failed_ = false;
  Merged result_;
};

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
Merged Merge<Store, Policy, Room>::run(const std::optional<Request>& wanted, Reach reach) {
  constexpr std::uint64_t least_part = 1024;
  const bool all_seen = look();
  top_ = cursor_.allocated();
  result_.seen = static_cast<std::uint64_t>(std::ranges::count_if(seen_, &SeenNode::is_segment));
  result_.complete = all_seen && result_.seen == 0;
  result_.end = top_;
  if (!sort()) return result_;
  const std::uint64_t limit = reach == Reach::all ? result_.seen : std::max(least_part, result_.seen / 16);
  Run first;
  if (wanted) first = best_for(*wanted);
  if (first.count() != 0) join(first);
  for (Run run{0, 0}; run.stop < order_.size();) {
    run = run_from(run.stop);
    if (!joinable(run) || (first.count() != 0 && run.first == first.first)) continue;
    result_.stopped = result_.joined >= limit;
    if (result_.stopped) break;
    join(run);
  }
  result_.complete = all_seen && !result_.stopped && !failed_;
  result_.end = top_;
  return result_;
}

// false: not all of the list was seen.
template <WordStore Store, ListPolicy Policy, MergeRoom Room>
bool Merge<Store, Policy, Room>::look() {
  std::size_t start = 0;  // the number of the last node that is no segment
  const auto push_behind = [this](std::uint32_t before, const Position& p) {
    if (!room_.push({.link = p.current_link, .extent = p.segment, .descriptor = p.current, .before = before})) return false;
    room_.seen()[before].behind = before + 1;
    return true;
  };
  const bool all = list_.look_through(
      [&](const Position& p) {
        const auto number = static_cast<std::uint32_t>(room_.seen().size());
        if (number != 0 && room_.seen().back().is_segment() && Geometry::link(room_.seen().back().descriptor) == p.prev) {
          room_.seen().back().link = p.prev_link;
          return push_behind(number - 1, p);
        }
        start = number;
        return room_.push({.link = p.prev_link, .descriptor = list_.boundary_at(p.prev)}) && push_behind(number, p);
      },
      [&](Offset from) {
        if (start < room_.seen().size() && room_.seen()[start].descriptor == from) room_.truncate(start);
      });
  seen_ = room_.seen();
  return all;
}

// false: there is nothing, or no room.
template <WordStore Store, ListPolicy Policy, MergeRoom Room>
bool Merge<Store, Policy, Room>::sort() {
  if (result_.seen == 0) return false;
  const MergeOrder order = room_.order(result_.seen);
  if (order.keys.empty()) return false;
  std::size_t rank = 0;
  for (std::uint32_t i = 0; i < seen_.size(); ++i)
    if (seen_[i].is_segment()) order.keys[rank++] = {seen_[i].extent, i};
  order_ = sort_by_digits(order.keys, order.other, [](const MergeKey& key) { return key.extent.offset; });
  return true;
}

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
auto Merge<Store, Policy, Room>::run_from(std::size_t first) const -> Run {
  Run run{first, first + 1};
  while (run.stop < order_.size() && order_[run.stop].extent.offset == order_[run.stop - 1].extent.end()) ++run.stop;
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
    const std::uint32_t number = order_[rank].number;
    if (!take(number)) {
      failed_ = true;
      put_back();
      continue;
    }
    const SeenNode& member = seen_[number];
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
    top_ = hand_.segment.offset;
    ++result_.joined;
  } else {
    if (hand_.segment.end() >= top_) failed_ = true;  // it would end at the cursor if that came down again
    list_.insert(hand_.descriptor, hand_.segment);
    ++result_.put;
  }
  hand_ = {};
}

template <WordStore Store, ListPolicy Policy, MergeRoom Room>
auto Merge<Store, Policy, Room>::position(const SeenNode& node) const -> Position {
  const SeenNode& before = seen_[node.before];
  const auto prev = before.is_segment() ? Geometry::link(before.descriptor) : list_.start(before.descriptor);
  return {
      .prev = prev, .prev_link = before.link, .current = node.descriptor, .current_link = node.link, .segment = node.extent};
}

// Takes a segment out of the list. The link that then leads past it is remembered only where it follows the very link that was
// seen: what stands before may be another segment by now, and its link would prove what is not so. A link that is out of date
// makes a CAS fail.
template <WordStore Store, ListPolicy Policy, MergeRoom Room>
bool Merge<Store, Policy, Room>::take(std::uint32_t number) {
  const SeenNode& node = seen_[number];
  const Position as_seen = position(node);
  const auto taken = list_.take(as_seen);
  if (!taken) return false;
  SeenNode& before = seen_[node.before];
  if (taken->prev_link && taken->at.prev == as_seen.prev && taken->at.prev_link == as_seen.prev_link)
    before.link = *taken->prev_link;
  before.behind = node.behind;
  if (node.behind != SeenNode::none) seen_[node.behind].before = node.before;
  return true;
}

}  // namespace rarena::detail
