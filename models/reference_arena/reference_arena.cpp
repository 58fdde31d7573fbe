#include "models/reference_arena/reference_arena.hpp"

#include <algorithm>
#include <iterator>

#include "core/layout/index.hpp"
#include "models/reference_arena/parts.hpp"

namespace rarena::reference {

namespace {

constexpr Size slab = 16;  // descriptors made at a time
constexpr Size few = 8;    // of another segment at least

bool power_of_two(std::uint64_t n) { return n != 0 && (n & (n - 1)) == 0; }

std::uint64_t next_multiple(std::uint64_t n, std::uint64_t of) { return n % of == 0 ? n : n + (of - n % of); }

}  // namespace

std::expected<ReferenceArena, Error> ReferenceArena::make(const Options& options, Backing backing, Size page) {
  for (const std::uint64_t given :
       {options.capacity, options.reserved, options.minimum_segment_size, options.maximum_alignment})
    if (given > largest) return refuse(ErrorCode::size_too_large, largest, given);
  if (!power_of_two(options.maximum_alignment)) return refuse(ErrorCode::invalid_alignment, options.maximum_alignment);
  const std::uint64_t wanted = options.freelist == Freelist::none ? 0 : options.index.value_or(0);
  if (options.index.value_or(0) > options.capacity) return refuse(ErrorCode::size_too_large, options.capacity, *options.index);
  const std::uint64_t index = detail::IndexShape::of_bytes(options.capacity, wanted).bytes();
  const bool unified = options.unify || backing == Backing::file;
  // The prefix is 8 bytes, the header 32, the annex 64, the last two aligned; without them one null byte comes before the data,
  // or before the index, which is aligned.
  const std::uint64_t header_end = next_multiple(options.reserved, 8) + 8 + 32;
  const std::uint64_t front = unified ? next_multiple(header_end, 16) + 64 : options.reserved + 1;
  const std::uint64_t data = index == 0 ? front : next_multiple(front, 16) + index;
  if (options.capacity <= data) return refuse(ErrorCode::capacity_too_small, data + 1, options.capacity);
  const Size alignment = backing == Backing::heap ? std::max<Size>(16, static_cast<Size>(options.maximum_alignment)) : page;
  ReferenceArena arena(options, backing, static_cast<Size>(data), alignment, index != 0);
  arena.reserve_descriptors();
  return arena;
}

ReferenceArena::ReferenceArena(const Options& options, Backing backing, Size data_offset, Size largest_alignment, bool index)
    : options_(options), backing_(backing), index_(index), capacity_(static_cast<Size>(options.capacity)),
      data_offset_(data_offset), largest_alignment_(largest_alignment), cursor_(data_offset),
      minimum_(static_cast<Size>(options.minimum_segment_size)) {}

// Not more than an eighth of the data bytes, with what alignment costs.
void ReferenceArena::reserve_descriptors() {
  const std::uint64_t lost = next_multiple(cursor_, slot) - cursor_, budget = (capacity_ - data_offset_) / 8;
  const std::uint64_t most = budget > lost ? (budget - lost) / slot : 0;
  const auto count = static_cast<Size>(std::min<std::uint64_t>(options_.descriptor_reserve, most));
  if (options_.freelist != Freelist::none && count != 0) stack(carve(count));
}

// Allocation.

std::expected<Granted, Error> ReferenceArena::allocate(std::uint64_t size, std::uint64_t alignment) {
  if (!power_of_two(alignment)) return refuse(ErrorCode::invalid_alignment, alignment);
  if (alignment > largest_alignment_) return refuse(ErrorCode::alignment_too_large, alignment, largest_alignment_);
  if (size == 0) return Granted{};
  if (size > largest) return no_room(size);

  const auto wanted = Wanted{static_cast<Size>(size), static_cast<Size>(alignment)};
  auto granted = take(wanted);
  if (!granted && options_.merging == Merging::automatic && ((index_ && serves_merged(wanted)) || merges(true))) {
    join(wanted);
    granted = take(wanted);
  }
  if (!granted) return no_room(size);
  return *granted;
}

std::unexpected<Error> ReferenceArena::no_room(std::uint64_t asked) const {
  std::uint64_t bytes = room(), piece = room();
  for (const Listed& l : list_) {
    bytes += l.segment.size;
    piece = std::max<std::uint64_t>(piece, l.segment.size);
  }
  return refuse(ErrorCode::insufficient_space, asked, piece, bytes);
}

// Whether a merge is made here, where it may be. `without_index`: what an arena without hints does.
bool ReferenceArena::merges(bool without_index) {
  if (options_.merging != Merging::automatic) return false;
  if (!index_) return without_index;
  return asked_ < most_asked && (answers_ >> asked_++ & 1U) != 0;
}

bool ReferenceArena::serves_merged(Wanted wanted) const {
  ReferenceArena other = *this;
  other.join(wanted);
  return other.take(wanted).has_value();
}

std::optional<Granted> ReferenceArena::take(Wanted wanted) {
  const bool list_first = options_.reuse == Reuse::first;
  auto granted = list_first ? take_listed(wanted) : take_fresh(wanted);
  if (!granted) granted = list_first ? take_fresh(wanted) : take_listed(wanted);
  return granted;
}

// From the cursor, if it fits; padding that is worth keeping is freed.
std::optional<Granted> ReferenceArena::take_fresh(Wanted wanted) {
  const std::uint64_t begin = next_multiple(cursor_, wanted.alignment);
  if (begin + wanted.size > capacity_) return std::nullopt;
  const Extent padding = between(cursor_, begin), used = between(begin, begin + wanted.size);
  cursor_ = static_cast<Size>(used.end());
  if (!keeps(padding)) return Granted{between(padding.offset, used.end()), used};
  put(padding);
  return Granted{used, used};
}

// From the list, which may be merged first; the descriptor describes the rest, or the padding.
std::optional<Granted> ReferenceArena::take_listed(Wanted wanted) {
  if (merges(false)) join(std::nullopt);
  const auto taken = take_fitting(wanted);
  if (!taken) return std::nullopt;
  const Extent whole = taken->segment;
  const std::uint64_t start = next_multiple(whole.offset, wanted.alignment);
  const Extent padding = between(whole.offset, start), used = between(start, start + wanted.size),
               rest = between(start + wanted.size, whole.end());
  Granted granted{whole, used};
  bool described = false;
  if (keeps(rest)) {
    insert(taken->descriptor, rest);
    granted.segment = between(granted.segment.offset, used.end());
    described = true;
  }
  if (keeps(padding)) {
    granted.segment = between(used.offset, granted.segment.end());
    if (described)
      put(padding);
    else
      insert(taken->descriptor, padding);
    described = true;
  }
  if (!described) spare_.push_back(taken->descriptor);
  return granted;
}

bool ReferenceArena::fits(Extent segment, Wanted wanted) {
  return next_multiple(segment.offset, wanted.alignment) + wanted.size <= segment.end();
}

// Optimistic: the first segment or none. Pessimistic: the first that fits.
std::optional<Listed> ReferenceArena::take_fitting(Wanted wanted) {
  for (std::size_t i = 0; i < list_.size(); ++i) {
    const Listed candidate = list_[i];
    if (fits(candidate.segment, wanted)) {
      list_.erase(list_.begin() + static_cast<std::ptrdiff_t>(i));
      return candidate;
    }
    if (options_.freelist == Freelist::optimistic) return std::nullopt;
  }
  return std::nullopt;
}

// Merging.

std::uint64_t ReferenceArena::merge() {
  const std::size_t before = list_.size();
  join(std::nullopt);
  return before - list_.size();
}

// Adjacent segments become one, run by run in the order of their offsets, but the smallest that the request fits into first.
// Where the last one ends at the cursor, it goes there; and then a request may have the room above as well.
void ReferenceArena::join(std::optional<Wanted> wanted) {
  std::vector<Listed> sorted = list_;
  std::ranges::sort(sorted, {}, [](const Listed& l) { return l.segment.offset; });
  std::vector<std::vector<Listed>> runs;
  for (const Listed& l : sorted) {
    if (runs.empty() || runs.back().back().segment.end() != l.segment.offset) runs.emplace_back();
    runs.back().push_back(l);
  }
  std::erase_if(runs, [&](const auto& run) { return run.size() == 1 && run.back().segment.end() != cursor_; });
  const auto reach = [&](const std::vector<Listed>& run) {
    const std::uint64_t end = run.back().segment.end();
    return between(run.front().segment.offset, end == cursor_ ? capacity_ : end);
  };
  auto first = runs.end();
  for (auto run = runs.begin(); wanted && run != runs.end(); ++run)
    if (fits(reach(*run), *wanted) && (first == runs.end() || reach(*run).size < reach(*first).size)) first = run;
  if (first != runs.end()) std::rotate(runs.begin(), first, first + 1);
  for (const auto& run : runs) join(run);
  left_ = list_.size();
}

// The first descriptor describes what was joined, the others are unused.
void ReferenceArena::join(const std::vector<Listed>& run) {
  for (const Listed& member : run) std::erase(list_, member);
  for (std::size_t i = 1; i < run.size(); ++i) spare_.push_back(run[i].descriptor);
  const Extent joined = between(run.front().segment.offset, run.back().segment.end());
  if (joined.end() != cursor_) return insert(run.front().descriptor, joined);
  cursor_ = joined.offset;
  spare_.push_back(run.front().descriptor);
}

// Freeing.

std::expected<void, Error> ReferenceArena::check_inside(Extent bytes) const {
  if (bytes.size == 0 || (bytes.offset >= data_offset_ && bytes.end() <= cursor_)) return {};
  return refuse(ErrorCode::out_of_range, bytes.end(), cursor_, bytes.offset);
}

std::expected<void, Error> ReferenceArena::dealloc(Extent bytes) {
  if (const auto inside = check_inside(bytes); !inside) return inside;
  if (bytes.size == 0) return {};
  if (bytes.end() == cursor_)
    cursor_ = bytes.offset;
  else
    put(bytes);
  return {};
}

bool ReferenceArena::keeps(Extent part) const {
  return options_.freelist != Freelist::none && part.size != 0 && part.size >= minimum_;
}

// A descriptor: an unused one, which a merge may bring; or a new slab above the cursor; or one out of another segment that has
// more room than this one; or a slab out of the segment itself; or out of any other.
void ReferenceArena::put(Extent segment) {
  if (segment.size == 0) return;
  if (options_.freelist == Freelist::none) {
    discarded_ += segment.size;
    return;
  }
  if (spare_.empty() && merges(true)) join(std::nullopt);
  Size slots = index_ ? std::max(slab, static_cast<Size>(left_ / 4)) : slab;
  if (spare_.empty()) stack(carve(slots));
  for (; spare_.empty() && slots >= few && segment.size / slot < slots; slots /= 2) break_up(slots);
  if (!spare_.empty()) return insert(unused(), segment);
  const Cut cut = cut_slots(segment, slab);
  if (!cut.slots.empty()) {
    stack({cut.slots.begin() + 1, cut.slots.end()});
    if (cut.rest.size == 0)
      spare_.push_back(cut.slots.front());
    else
      insert(cut.slots.front(), cut.rest);
    return put(cut.front);
  }
  break_up(1);
  if (spare_.empty())
    discarded_ += segment.size;
  else
    insert(unused(), segment);
}

// Slots of a free segment that has room for so many, if there is one.
void ReferenceArena::break_up(Size slots) {
  auto other = take_fitting({slots * slot + slot - 1, 1});
  if (!other && slots == 1) other = take_fitting({slot, slot});
  if (!other) return;
  const Cut parts = cut_slots(other->segment, std::max(slots, slab));
  spare_.push_back(other->descriptor);
  stack(parts.slots);
  for (const Extent part : {parts.front, parts.rest}) {
    if (part.size == 0) continue;
    if (spare_.empty())
      discarded_ += part.size;
    else
      insert(unused(), part);
  }
}

Offset ReferenceArena::unused() {
  const Offset descriptor = spare_.back();
  spare_.pop_back();
  return descriptor;
}

// The slots in a segment, not more than a slab has, and what lies before and behind them.
ReferenceArena::Cut ReferenceArena::cut_slots(Extent segment, Size most) {
  const std::uint64_t first = next_multiple(segment.offset, slot);
  Cut cut;
  cut.front = segment;
  for (std::uint64_t at = first; at + slot <= segment.end() && cut.slots.size() < most; at += slot)
    cut.slots.push_back(static_cast<Offset>(at));
  if (cut.slots.empty()) return cut;
  cut.front = between(segment.offset, first);
  cut.rest = between(std::uint64_t{cut.slots.back()} + slot, segment.end());
  return cut;
}

bool ReferenceArena::earlier(Size a, Size b) const { return options_.freelist == Freelist::optimistic ? a > b : a < b; }

// In front of its equals.
void ReferenceArena::insert(Offset descriptor, Extent segment) {
  const auto at = std::ranges::find_if(list_, [&](const Listed& l) { return !earlier(l.segment.size, segment.size); });
  list_.insert(at, {descriptor, segment});
}

// Up to `count` slots from the cursor.
std::vector<Offset> ReferenceArena::carve(Size count) {
  std::vector<Offset> slots;
  const std::uint64_t first = next_multiple(cursor_, slot);
  for (std::uint64_t at = first; slots.size() < count && at + slot <= capacity_; at += slot)
    slots.push_back(static_cast<Offset>(at));
  if (slots.empty()) return slots;
  discarded_ += static_cast<Size>(first - cursor_);
  cursor_ = slots.back() + slot;
  return slots;
}

// The first of them is used first.
void ReferenceArena::stack(const std::vector<Offset>& slots) { spare_.insert(spare_.end(), slots.rbegin(), slots.rend()); }

Size ReferenceArena::discard_freelist() {
  Size bytes = 0;
  for (const Listed& l : list_) {
    bytes += l.segment.size;
    spare_.push_back(l.descriptor);
  }
  discarded_ += bytes;
  list_.clear();
  return bytes;
}

// Not more than is neither free nor a descriptor, nor discarded already.
std::expected<void, Error> ReferenceArena::increase_discarded(std::uint64_t bytes) {
  std::uint64_t known = std::uint64_t{data_offset_} + discarded_ + slot * (list_.size() + spare_.size());
  for (const Listed& l : list_) known += l.segment.size;
  if (known + bytes > cursor_) return refuse(ErrorCode::out_of_range, known + bytes, cursor_, known);
  discarded_ += static_cast<Size>(bytes);
  return {};
}

std::expected<void, Error> ReferenceArena::set_minimum_segment_size(std::uint64_t bytes) {
  if (bytes > largest) return refuse(ErrorCode::size_too_large, largest, bytes);
  minimum_ = static_cast<Size>(bytes);
  return {};
}

std::int64_t ReferenceArena::unaccounted(std::uint64_t live_bytes) const {
  std::uint64_t known = live_bytes + discarded_ + slot * (list_.size() + spare_.size());
  for (const Listed& l : list_) known += l.segment.size;
  return static_cast<std::int64_t>(cursor_ - data_offset_) - static_cast<std::int64_t>(known);
}

}  // namespace rarena::reference
