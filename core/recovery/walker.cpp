#include "walker.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "../layout/sort.hpp"

namespace rarena::detail::recovery {

bool Walker::check_header(std::uint64_t cursor_at, std::uint64_t discarded_at, Size capacity) {
  const Size cursor = structure_.allocated;
  discarded_at_ = discarded_at;
  if (cursor < begin()) {
    reject(ErrorCode::bad_header, begin(), cursor, cursor_at);
    return false;
  }
  if (cursor > capacity && cursor <= structure_.annex.capacity) {
    reject(ErrorCode::file_cut_short, cursor, capacity, cursor_at);
    return false;
  }
  if (cursor > capacity) {
    reject(ErrorCode::bad_header, capacity, cursor, cursor_at);
    return false;
  }
  if (structure_.discarded > cursor - begin())
    return reject(ErrorCode::bad_header, cursor - begin(), structure_.discarded, discarded_at);
  return true;
}

bool Walker::meet(std::uint64_t offset, std::uint64_t at, bool boundaries) {
  constexpr std::uint64_t often = 1 << 16;
  const Size size = structure_.descriptor_size;
  const std::uint64_t least = boundaries ? first_ : begin();
  if (offset < least) {
    reject(ErrorCode::bad_freelist, least, offset, at);
    return false;
  }
  if (offset + size > end()) {
    reject(ErrorCode::bad_freelist, end() < size ? 0 : end() - size, offset, at);
    return false;
  }
  if (!met_) met_.emplace(slot(end()) + 1);
  if (!met_->insert(slot(offset))) {
    reject(ErrorCode::bad_freelist, null_offset, offset, at);
    return false;
  }
  if (++count_ % often == 0) walk_.progress(count_);
  return true;
}

void Walker::check_segment(const ListedSegment& segment, std::uint64_t offset_at, std::uint64_t size_at) {
  const Extent extent = segment.extent;
  if (extent.offset < begin()) {
    reject(ErrorCode::bad_freelist, begin(), extent.offset, offset_at);
  } else if (extent.end() > end()) {
    reject(ErrorCode::bad_freelist, end(), extent.end(), offset_at);
  } else if (extent.empty()) {
    reject(ErrorCode::bad_freelist, 1, 0, size_at);
  }
  if (!stopped_ && earlier_ && precedes(structure_.kind(), extent.size, *earlier_))
    reject(ErrorCode::bad_freelist, *earlier_, extent.size, size_at);
  earlier_ = extent.size;
  earlier_is_segment_ = true;
  free_bytes_ += extent.size;
}

void Walker::check_key(Size key, std::uint64_t at) {
  const Freelist kind = structure_.kind();
  if (!stopped_ && earlier_) {
    if (precedes(kind, key, *earlier_))
      reject(ErrorCode::bad_freelist, *earlier_, key, at);
    else if (earlier_is_segment_ && key == *earlier_)
      reject(ErrorCode::bad_freelist, kind == Freelist::optimistic ? key - 1 : key + 1, key, at);
  }
  earlier_ = key;
  earlier_is_segment_ = false;
}

// Whether no two parts overlap, if nothing else is wrong: two segments, or a segment and a descriptor. Two descriptors are
// whole slots, and none was met twice.
bool Walker::disjoint() const {
  const std::size_t most = structure_.free.size();
  const auto room = std::make_unique_for_overwrite<std::uint64_t[]>(2 * most);  // encoded extents, and what sorting needs
  std::size_t count = 0;
  for (const ListedSegment& s : structure_.free)
    if (!s.extent.empty()) room[count++] = encode(s.extent);
  const auto offset = [](std::uint64_t bits) { return static_cast<std::uint32_t>(bits); };
  std::uint64_t top = 0;
  for (const std::uint64_t bits : sort_by_digits(std::span(room.get(), count), std::span(room.get() + most, count), offset)) {
    const Extent segment = decode_extent(bits);
    if (segment.offset < top || met_->any_in(slot(segment.offset), slot(segment.end() - 1))) return false;
    top = segment.end();
  }
  return true;
}

// All overlaps, in the order of their places; of two parts at one offset the smaller one comes first.
void Walker::report_overlaps() {
  std::vector<Extent> parts;
  parts.reserve(2 * structure_.free.size() + structure_.spare.size());
  for (const ListedSegment& s : structure_.free) {
    parts.push_back({s.descriptor, structure_.descriptor_size});
    if (!s.extent.empty()) parts.push_back(s.extent);
  }
  for (const Offset spare : structure_.spare) parts.push_back({spare, structure_.descriptor_size});
  std::ranges::sort(parts, {}, [](Extent part) { return std::pair(part.offset, part.size); });
  Extent widest;  // the part that reaches farthest so far
  for (const Extent part : parts) {
    if (part.offset < widest.end() && !reject(ErrorCode::overlapping_segments, widest.end(), part.offset, widest.offset))
      return;
    if (part.end() > widest.end()) widest = part;
  }
}

void Walker::check_together() {
  if (!sound_ || !disjoint()) report_overlaps();
  if (stopped_) return;
  const std::uint64_t listed = free_bytes_ + structure_.descriptor_bytes(), all = end() - begin();
  if (listed <= all && structure_.discarded > all - listed)
    reject(ErrorCode::bad_header, all - listed, structure_.discarded, discarded_at_);
}

}  // namespace rarena::detail::recovery
