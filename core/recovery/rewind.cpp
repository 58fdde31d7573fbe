#include "rewind.hpp"

#include <algorithm>
#include <bit>
#include <ranges>
#include <utility>

#include "../freelist/policy.hpp"
#include "list_plan.hpp"
#include "relist.hpp"

namespace rarena::detail {

namespace {

// The cursor goes down, when nothing is listed above the position any more. Of the bytes that go, `listed` were free or
// descriptors; the others may all have been discarded ones.
void lower(Plan& plan, const MemoryView& view, Offset position, std::uint64_t listed) {
  const Geometry& g = view.geometry();
  const Header header = view.header();
  const std::uint64_t gone = header.allocated - position - listed;
  const auto lost = static_cast<Size>(std::min<std::uint64_t>(header.discarded, gone));
  if (lost != 0) plan.set(g.discarded(), header.discarded - lost);
  if (position != header.allocated) plan.set(g.cursor(), position);
}

Extent below(Extent e, Offset position) {
  return e.offset < position ? extent_between(e.offset, std::min<std::uint64_t>(e.end(), position)) : Extent{};
}

// What of the lists stays, leaves and comes back, and how.
class InPlace {
 public:
  InPlace(const MemoryView& view, const Structure& structure, Offset position);

  bool possible() const { return whole_ && returning_without_ <= unused_ + freed_.size(); }
  ListChange plan();

 private:
  // What stays in the list: a segment, or a boundary, before all segments of the size that is its key.
  struct Node {
    Offset descriptor;
    Size size;
    bool boundary;
  };
  // What is put back, with its own descriptor or with none.
  struct Returning {
    Extent extent;
    Offset descriptor;
  };
  // A link behind which something leaves, and what then comes next.
  struct Bypass {
    Word<std::uint64_t> link;
    Offset next;
  };
  // Follows one list: what stays is passed, what leaves is bypassed.
  class Line {
   public:
    Line(Word<std::uint64_t> head, std::vector<Bypass>& bypasses) : last_(head), bypasses_(bypasses) {}
    void leave() { open_ = true; }
    void stay(Offset descriptor) {
      end(descriptor);
      last_ = Geometry::link(descriptor);
    }
    void end(Offset next = null_offset) {
      if (std::exchange(open_, false)) bypasses_.push_back({last_, next});
    }

   private:
    Word<std::uint64_t> last_;
    std::vector<Bypass>& bypasses_;
    bool open_ = false;
  };

  // Whether a descriptor lies below the position. One that the position goes through lies nowhere.
  bool keeps(Offset descriptor) {
    if (std::uint64_t{descriptor} + descriptor_size <= position_) return true;
    whole_ = whole_ && descriptor >= position_;
    return false;
  }
  void reach(std::uint64_t end) { result_.end = std::max(result_.end, static_cast<Offset>(end)); }
  void look_at_list();
  void look_at_stack();
  void leave(const ListedSegment& segment, bool kept);
  Word<std::uint64_t> before(Size size) const;
  std::uint64_t listed_above() const;

  const MemoryView& view_;
  const Structure& structure_;
  Offset position_;
  ListChange result_;
  std::vector<Node> nodes_;  // in the order of the list
  std::vector<Bypass> list_bypasses_, stack_bypasses_;
  std::vector<Returning> returning_;  // in the order of the list; only one of them has another size than before
  std::vector<Offset> freed_;         // descriptors below of segments that do not come back
  std::size_t unused_ = 0;            // unused descriptors below
  std::size_t returning_without_ = 0;
  std::size_t descriptors_above_ = 0;
  bool whole_ = true;  // the position goes through no descriptor
};

InPlace::InPlace(const MemoryView& view, const Structure& structure, Offset position)
    : view_(view), structure_(structure), position_(position), result_{.plan = {}, .end = structure.data_offset} {
  look_at_list();
  look_at_stack();
}

void InPlace::look_at_list() {
  nodes_.reserve(structure_.free.size() + structure_.boundaries.size());
  Line line(view_.geometry().free_head(), list_bypasses_);
  auto boundary = structure_.boundaries.begin();
  for (std::size_t i = 0;; ++i) {
    for (; boundary != structure_.boundaries.end() && boundary->position == i; ++boundary) {
      line.stay(boundary->descriptor);
      nodes_.push_back({boundary->descriptor, boundary->key, true});
    }
    if (i == structure_.free.size()) break;
    const ListedSegment& segment = structure_.free[i];
    const bool kept = keeps(segment.descriptor);
    if (kept) reach(segment.descriptor + descriptor_size);
    if (kept && segment.extent.end() <= position_) {
      line.stay(segment.descriptor);
      nodes_.push_back({segment.descriptor, segment.extent.size, false});
      reach(segment.extent.end());
    } else {
      line.leave();
      leave(segment, kept);
    }
  }
  line.end();
}

void InPlace::leave(const ListedSegment& segment, bool kept) {
  result_.gone.push_back(segment.extent);
  if (!kept) ++descriptors_above_;
  if (const Extent rest = below(segment.extent, position_); !rest.empty()) {
    result_.come.push_back(rest);
    const auto earlier = [&](Size a, Size b) { return precedes(structure_.kind(), a, b); };
    const auto size = [](const Returning& r) { return r.extent.size; };
    returning_.insert(std::ranges::upper_bound(returning_, rest.size, earlier, size),
                      {rest, kept ? segment.descriptor : null_offset});
    if (!kept) ++returning_without_;
    reach(rest.end());
  } else if (kept) {
    freed_.push_back(segment.descriptor);
  }
}

void InPlace::look_at_stack() {
  Line line(view_.geometry().spare_head(), stack_bypasses_);
  for (const Offset descriptor : structure_.spare) {
    if (keeps(descriptor)) {
      line.stay(descriptor);
      reach(descriptor + descriptor_size);
      ++unused_;
    } else {
      line.leave();
      ++descriptors_above_;
    }
  }
  line.end();
}

// The link behind which a segment of this size comes, in front of its equals.
Word<std::uint64_t> InPlace::before(Size size) const {
  const Freelist kind = structure_.kind();
  const auto earlier = [&](const Node& n) { return precedes(kind, n.size, size) || (n.boundary && n.size == size); };
  const auto at = std::ranges::partition_point(nodes_, earlier);
  return at == nodes_.begin() ? view_.geometry().free_head() : Geometry::link(std::prev(at)->descriptor);
}

std::uint64_t InPlace::listed_above() const {
  std::uint64_t bytes = descriptors_above_ * std::uint64_t{descriptor_size};
  for (const Extent e : result_.gone) bytes += e.size;
  for (const Extent e : result_.come) bytes -= e.size;
  return bytes;
}

ListChange InPlace::plan() {
  const Geometry& g = view_.geometry();
  Plan& plan = result_.plan;
  recovery::ListPlan lists(plan, view_);
  const auto link_to = [&](Word<std::uint64_t> word, Offset next) {
    const Link before = lists.link(word);
    lists.set_link(word, before.marked() ? before.marked_to(next) : before.linked_to(next));
  };
  lists.unmark(structure_);
  for (const Bypass& b : list_bypasses_) link_to(b.link, b.next);
  for (const Bypass& b : stack_bypasses_) link_to(b.link, b.next);
  for (const Offset descriptor : freed_) {
    const auto own = Geometry::link(descriptor);
    lists.set_link(own, lists.link(own).marked_to(lists.link(g.spare_head()).next()));
    link_to(g.spare_head(), descriptor);
  }

  for (auto [extent, descriptor] : returning_ | std::views::reverse) {
    if (descriptor == null_offset) {
      descriptor = lists.link(g.spare_head()).next();
      link_to(g.spare_head(), lists.link(Geometry::link(descriptor)).next());
    }
    const auto own = Geometry::link(descriptor), word = before(extent.size);
    plan.set(Geometry::extent(descriptor), encode(extent));
    lists.set_link(own, lists.link(own).linked_to(lists.link(word).next()));
    link_to(word, descriptor);
  }
  lower(plan, view_, position_, listed_above());
  return std::move(result_);
}

}  // namespace

ListChange plan_rewind(const MemoryView& view, const Structure& structure, Offset position, std::size_t kept) {
  InPlace in_place(view, structure, position);
  if (in_place.possible()) return in_place.plan();
  Plan plan = plan_relisting_below(view, structure, position, kept);
  return {.plan = std::move(plan), .kind = ListChange::Kind::anew, .end = position};
}

ListChange plan_lowering(const MemoryView& view, Offset position, Offset end) {
  ListChange change{.plan = {}, .end = end};
  change.plan.reserve(2);
  lower(change.plan, view, position, 0);
  return change;
}

std::optional<Offset> end_of_lists(const MemoryView& view) {
  const Geometry& g = view.geometry();
  const std::uint64_t begin = g.data_offset(), top = std::min(view.header().allocated, g.capacity());
  std::uint64_t end = begin;
  const auto follow = [&](Word<std::uint64_t> head, bool segments) {
    const auto next = [&](Word<std::uint64_t> link) { return Link(view.load(link)).next(); };
    Offset seen = null_offset;  // now and then the last one, which comes again if the list does not end (Brent, BIT 20, 1980)
    std::uint64_t steps = 0;
    for (Offset at = next(head); at != null_offset; at = next(Geometry::link(at))) {
      const bool boundary = segments && g.is_boundary(at);
      if (at == seen || (at < begin && !boundary) || at + std::uint64_t{descriptor_size} > top) return false;
      if (std::has_single_bit(++steps)) seen = at;
      if (boundary) continue;
      end = std::max(end, at + std::uint64_t{descriptor_size});
      if (!segments) continue;
      const Extent segment = decode_extent(view.load(Geometry::extent(at)));
      if (segment.offset < begin || segment.end() > top) return false;
      end = std::max(end, segment.end());
    }
    return true;
  };
  if (!follow(g.free_head(), true) || !follow(g.spare_head(), false)) return std::nullopt;
  return static_cast<Offset>(end);
}

}  // namespace rarena::detail
