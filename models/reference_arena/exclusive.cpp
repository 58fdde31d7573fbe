// The exclusive operations of the reference arena.
#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "models/reference_arena/parts.hpp"
#include "models/reference_arena/reference_arena.hpp"
#include "models/reference_arena/relisting.hpp"

namespace rarena::reference {

namespace {

std::uint64_t total(const std::vector<Extent>& extents) {
  std::uint64_t bytes = 0;
  for (const Extent e : extents) bytes += e.size;
  return bytes;
}

}  // namespace

void ReferenceArena::relist(Relisting fresh) {
  fresh.sort([this](Extent a, Extent b) { return earlier(a.size, b.size) || (a.size == b.size && a.offset < b.offset); });
  list_.clear();
  spare_.assign(fresh.slots.rbegin(), fresh.slots.rend());
  for (const Extent segment : fresh.segments) {
    list_.push_back({spare_.back(), segment});
    spare_.pop_back();
  }
  left_ = list_.size();
}

std::expected<void, Error> ReferenceArena::rebuild(std::span<const Extent> live) {
  std::vector<Extent> sorted(live.begin(), live.end());
  std::erase_if(sorted, [](Extent e) { return e.size == 0; });
  std::ranges::sort(sorted, {}, &Extent::offset);
  std::vector<Extent> dead;
  std::uint64_t top = data_offset_, live_bytes = 0, before = 0;
  for (const Extent e : sorted) {
    if (e.offset < data_offset_ || e.end() > cursor_) return refuse(ErrorCode::out_of_range, e.end(), cursor_, e.offset);
    if (e.offset < top) return refuse(ErrorCode::overlapping_segments, top, e.offset, before);
    if (e.offset != top) dead.push_back(between(top, e.offset));
    top = e.end();
    before = e.offset;
    live_bytes += e.size;
  }
  // A descriptor for less than 16 bytes would cost more than they are.
  const std::uint64_t least = options_.freelist == Freelist::none ? largest : slot;
  Relisting fresh({.holes = dead, .room = between(top, capacity_), .begin = data_offset_, .least = least});
  cursor_ = static_cast<Size>(fresh.top);
  discarded_ = static_cast<Size>(fresh.top - data_offset_ - live_bytes - fresh.bytes());
  relist(std::move(fresh));
  exact_ = true;
  return {};
}

std::expected<void, Error> ReferenceArena::rewind(std::int64_t position) {
  if (position < std::int64_t{data_offset_} || position > std::int64_t{cursor_})
    return refuse(ErrorCode::out_of_range, static_cast<std::uint64_t>(position), cursor_, data_offset_);
  const auto to = static_cast<std::uint64_t>(position);
  const std::vector<Extent> before = holes(cursor_), below = holes(to);
  // The unlisted bytes above may all have been discarded ones: that many leave the count, so that it is never too high.
  const std::uint64_t unlisted_above = cursor_ - to - (total(before) - total(below));
  discarded_ -= static_cast<Size>(std::min<std::uint64_t>(discarded_, unlisted_above));
  if (!leave_in_place(to)) {
    const auto spare = static_cast<std::size_t>(std::ranges::count_if(spare_, [&](Offset s) { return s + slot <= to; }));
    Relisting fresh(
        {.holes = below, .room = {static_cast<Offset>(to), 0}, .begin = data_offset_, .spare = std::min(spare, kept())});
    discarded_ += static_cast<Size>(total(below) - fresh.bytes());
    relist(std::move(fresh));
  }
  if (to != cursor_) exact_ = false;
  cursor_ = static_cast<Size>(to);
  return {};
}

// Only what reaches above the position leaves or is cut, if the slots below are enough for what is cut.
bool ReferenceArena::leave_in_place(std::uint64_t to) {
  const auto keeps = [&](Offset s) { return s + slot <= to; };
  const auto halved = [&](Offset s) { return s < to && !keeps(s); };
  if (std::ranges::any_of(spare_, halved) || std::ranges::any_of(list_, halved, &Listed::descriptor)) return false;
  ReferenceArena after = *this;
  std::erase_if(after.spare_, std::not_fn(keeps));
  after.list_.clear();
  const auto before = [this](const Listed& a, const Listed& b) { return earlier(a.segment.size, b.segment.size); };
  std::multiset<Listed, decltype(before)> cut(before);
  for (const Listed& l : list_) {
    if (keeps(l.descriptor) && l.segment.end() <= to)
      after.list_.push_back(l);
    else if (l.segment.offset < to)
      cut.insert(Listed{l.descriptor, between(l.segment.offset, std::min<std::uint64_t>(l.segment.end(), to))});
    else if (keeps(l.descriptor))
      after.spare_.push_back(l.descriptor);
  }
  for (auto l = cut.rbegin(); l != cut.rend(); ++l) {
    if (!keeps(l->descriptor) && after.spare_.empty()) return false;
    after.insert(keeps(l->descriptor) ? l->descriptor : after.unused(), l->segment);
  }
  *this = std::move(after);
  return true;
}

// Descriptors that nobody uses are not released below this.
std::size_t ReferenceArena::kept() const {
  return static_cast<std::size_t>(std::max<std::uint64_t>(16, options_.descriptor_reserve));
}

// The ranges below a position of which every byte is listed.
std::vector<Extent> ReferenceArena::holes(std::uint64_t below) const {
  std::vector<bool> listed(below);
  const auto mark = [&](Extent e) {
    for (std::uint64_t at = e.offset; at < std::min<std::uint64_t>(e.end(), below); ++at) listed[at] = true;
  };
  for (const Listed& l : list_) mark(l.segment), mark({l.descriptor, slot});
  for (const Offset s : spare_) mark({s, slot});
  std::vector<Extent> result;
  for (std::uint64_t at = 0; at < below; ++at) {
    if (!listed[at]) continue;
    if (result.empty() || result.back().end() != at) result.push_back({static_cast<Offset>(at), 0});
    ++result.back().size;
  }
  return result;
}

// Whether no hole has two free segments that touch, or two that are as large as a slot, nor the topmost one such, nor one that
// ends at the cursor.
bool ReferenceArena::orderly() const {
  if (spare_.size() > kept()) return false;
  for (const Extent hole : holes(cursor_)) {
    std::vector<Extent> inside;
    for (const Listed& l : list_)
      if (hole.offset <= l.segment.offset && l.segment.end() <= hole.end()) inside.push_back(l.segment);
    std::ranges::sort(inside, {}, &Extent::offset);
    for (std::size_t i = 1; i < inside.size(); ++i)
      if (inside[i - 1].end() == inside[i].offset) return false;
    const auto large = std::ranges::count_if(inside, [](Extent e) { return e.size >= slot; });
    const bool topmost = hole.end() == cursor_;
    if (large > (topmost ? 0 : 1) || (topmost && !inside.empty() && inside.back().end() == cursor_)) return false;
  }
  return true;
}

void ReferenceArena::join_neighbours() {
  std::vector<Listed> by_offset = list_;
  std::ranges::sort(by_offset, {}, [](const Listed& l) { return l.segment.offset; });
  for (auto first = by_offset.begin(); first != by_offset.end();) {
    auto last = first;
    while (std::next(last) != by_offset.end() && std::next(last)->segment.offset == last->segment.end()) ++last;
    const Extent joined = between(first->segment.offset, last->segment.end());
    const bool topmost = joined.end() == cursor_;
    if (first != last || topmost) {
      for (auto l = first; l <= last; ++l) list_.erase(std::ranges::find(list_, *l));
      if (topmost)
        cursor_ = joined.offset;
      else
        insert(first->descriptor, joined);
      for (auto l = topmost ? first : std::next(first); l <= last; ++l) spare_.push_back(l->descriptor);
    }
    first = std::next(last);
  }
  left_ = list_.size();
}

// No slot may lie where a descriptor is in use now, or none where one is, used or not.
ReferenceArena::Relisting ReferenceArena::relisting(Beside beside) const {
  Relisting::Ground ground{.holes = holes(cursor_), .begin = data_offset_, .spare = std::min(spare_.size(), kept())};
  std::uint64_t top = cursor_;
  if (!ground.holes.empty() && ground.holes.back().end() == top) {
    top = ground.holes.back().offset;
    ground.holes.pop_back();
  }
  ground.room = between(top, capacity_);
  if (beside != Beside::nothing)
    for (const Listed& l : list_) ground.taken.insert(l.descriptor);
  if (beside == Beside::all) ground.taken.insert(spare_.begin(), spare_.end());
  return Relisting(std::move(ground));
}

void ReferenceArena::compact_freelist() {
  ReferenceArena joined = *this;
  joined.join_neighbours();
  if (joined.orderly()) {
    *this = std::move(joined);
    return;
  }
  Relisting fresh = relisting(Beside::used);
  if (!fresh.one) fresh = relisting(Beside::nothing);
  std::uint64_t listed = slot * (list_.size() + spare_.size());
  for (const Listed& l : list_) listed += l.segment.size;
  discarded_ = static_cast<Size>(discarded_ + listed + fresh.top - cursor_ - fresh.bytes());
  cursor_ = static_cast<Size>(fresh.top);
  relist(std::move(fresh));
}

void ReferenceArena::open_again() {
  left_ = list_.size();
  if (spare_.size() <= std::max(kept(), list_.size() / 4)) return;
  Relisting fresh = relisting(Beside::all);
  if (!fresh.whole) return;
  cursor_ = static_cast<Size>(fresh.top);
  relist(std::move(fresh));
}

void ReferenceArena::clear() {
  list_.clear();
  spare_.clear();
  left_ = 0;
  discarded_ = 0;
  cursor_ = data_offset_;
  exact_ = true;
  reserve_descriptors();
}

std::expected<void, Error> ReferenceArena::truncate(std::uint64_t capacity) {
  if (backing_ != Backing::file) return refuse(ErrorCode::not_a_file);
  if (capacity > largest) return refuse(ErrorCode::size_too_large, largest, capacity);
  const std::uint64_t least = std::max<std::uint64_t>(cursor_, std::uint64_t{data_offset_} + 1);
  if (capacity < least) return refuse(ErrorCode::capacity_too_small, least, capacity);
  capacity_ = static_cast<Size>(capacity);
  return {};
}

void ReferenceArena::drop_lists() {
  list_.clear();
  spare_.clear();
  left_ = 0;
  discarded_ = 0;
  exact_ = false;
}

}  // namespace rarena::reference
