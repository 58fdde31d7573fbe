#include "walker.hpp"

#include <span>

#include "../layout/sort.hpp"

namespace rarena::recovery {

namespace {

constexpr bool lies_before(Extent a, Extent b) { return a.offset < b.offset || (a.offset == b.offset && a.size < b.size); }

void sort_by_place(std::vector<Extent>& parts) {
  constexpr std::size_t many = 512;
  if (parts.size() >= many) {
    std::vector<Extent> other(parts.size());
    if (sort_by_digits(std::span(parts), std::span(other), [](Extent part) { return part.offset; }).data() == other.data())
      parts.swap(other);
  }
  // Two parts at one offset overlap; then the order of their sizes is that of the report.
  if (!std::ranges::is_sorted(parts, lies_before)) std::ranges::sort(parts, lies_before);
}

}  // namespace

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
  if (met_.empty()) met_.resize((end() - first_) / size + 2);
  const std::uint64_t slot = offset / size - first_ / size;
  if (met_[slot]) {
    reject(ErrorCode::bad_freelist, null_offset, offset, at);
    return false;
  }
  met_[slot] = true;
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

void Walker::check_together() {
  std::vector<Extent> parts;
  parts.reserve(2 * structure_.free.size() + structure_.spare.size());
  for (const ListedSegment& s : structure_.free) {
    parts.push_back({s.descriptor, structure_.descriptor_size});
    if (!s.extent.empty()) parts.push_back(s.extent);
  }
  for (const Offset spare : structure_.spare) parts.push_back({spare, structure_.descriptor_size});
  sort_by_place(parts);

  Extent widest;  // the part that reaches farthest so far
  for (const Extent part : parts) {
    if (part.offset < widest.end() && !reject(ErrorCode::overlapping_segments, widest.end(), part.offset, widest.offset))
      return;
    if (part.end() > widest.end()) widest = part;
  }
  const std::uint64_t listed = structure_.free_bytes() + structure_.descriptor_bytes(), all = end() - begin();
  if (listed <= all && structure_.discarded > all - listed)
    reject(ErrorCode::bad_header, all - listed, structure_.discarded, discarded_at_);
}

}  // namespace rarena::recovery
