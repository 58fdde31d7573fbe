// Hints: what the arena remembers of its free segments in order not to search or merge in vain.
//
// Any value of theirs is sound: a hint decides where a search begins and whether a merge is tried, never who owns what. Two
// promises rest on them, and for these they are exact when nobody is at work:
//
//     may_help   false only if no run of adjacent free segments has that many bytes, or all of them have been joined (FL-5)
//     largest    no free segment of an optimistic list is larger
//
// A run of s bytes begins in some window; the segments that cover its first s bytes begin in at most ceil(s / window) + 1
// neighbouring windows, so these hold at least s bytes; a run that ends at the cursor has the room above it as well. An
// insertion adds to its window before it publishes, and a claim subtracts after it has taken: so a sum is never too small.
//
// A complete merge leaves no two adjacent segments, and all that it leaves end below some place, which it records with the
// insertions that it has covered, in one word. So one of them ends at the cursor only while the cursor is below that place:
// what is given back to the cursor need not be counted. Insertions are compared by the lower half of their number: a merge that
// has missed a multiple of 2^32 of them, exactly, would be taken for one that has missed none.
//
// An arena without an index has no hints: everything may help.
//
// Progress: lock-free; but for may_help, O(windows), in a few steps. Thread safety: any number of threads. Invariants: FL-5.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "../layout/geometry.hpp"
#include "../words/word_store.hpp"

namespace rarena::detail {

template <WordStore Store>
class Hints {
 public:
  Hints(Store store, const Geometry& geometry) : store_(store), geometry_(geometry) {}

  // Around the publication of a segment: it is going to be in the list, and it is.
  void adding(Extent segment) const { count(segment.offset, segment.size); }
  void added() const {
    if (geometry_.has_index()) store_.fetch_add(geometry_.inserted(), std::uint64_t{1}, Site::hint_insert);
  }
  // The caller has taken it out.
  void removed(Extent segment) const { count(segment.offset, 0U - segment.size); }

  // Whether joining adjacent segments can make a run of `size` bytes, if the cursor is there.
  bool may_help(Size size, Offset cursor) const {
    if (!geometry_.has_index()) return true;
    const Size room = cursor < geometry_.capacity() ? geometry_.capacity() - cursor : 0;
    return changed(cursor) && windows_hold(size - std::min(size, room));
  }
  // Whether so much has been freed since the last merge that another one pays: a constant part of all that a merge looks at.
  bool due() const {
    if (!geometry_.has_index()) return true;
    return inserted_since_merge() >= std::max<std::uint64_t>(16, segments() / 4);
  }
  // An allocation was refused: for some time merges come before it is too late, so that what is left is cut less often. The
  // longer the list is, the fewer, because each looks at all of it.
  void refused() const {
    constexpr std::uint32_t looked_at = 1U << 17U, fewest = 8, most = 1024;
    if (!geometry_.has_index()) return;
    store_.store(geometry_.pressed(), std::clamp(looked_at / std::max<Size>(1, segments()), fewest, most), Site::hint_store);
  }
  // Whether it is time for a merge that nobody needs yet: much has been freed since the last one, or something has, and an
  // allocation was refused before, which is counted then. What is joined late has been cut up meanwhile.
  bool early() const;
  // Free segments that the last merge left.
  Size segments() const { return geometry_.has_index() ? store_.load(geometry_.segments(), Site::hint_load) : 0; }
  // Bytes in free segments, where there are windows. O(windows).
  std::optional<std::uint64_t> free_bytes() const;
  // Segments that were ever put into the list.
  std::uint64_t inserted() const { return geometry_.has_index() ? store_.load(geometry_.inserted(), Site::hint_known) : 0; }
  // Whether any segment was put into the list since so many were; how many they are now.
  bool inserted_since(std::uint64_t& before) const {
    const std::uint64_t then = std::exchange(before, inserted());
    return !geometry_.has_index() || before != then;
  }

  // In a long list one thread merges at a time, as long as that does not take too long: of so many that are refused meanwhile
  // that a merge would have cost as much, one merges too (`needed`). false: not now.
  bool enter(bool needed) const;
  // Whether some thread is in such a merge.
  bool merging() const { return geometry_.has_index() && store_.load(geometry_.merging(), Site::hint_load) != 0; }
  void leave() const {
    if (geometry_.has_index()) store_.store(geometry_.merging(), std::uint32_t{0}, Site::hint_store);
  }
  // A merge has ended that left so many segments; if it was complete, what it has covered.
  void merged(Size segments, std::optional<Coverage> covered) const;

  // Optimistic lists: where the search for the largest begins.
  Size largest() const {
    return geometry_.has_index() ? store_.load(geometry_.largest(), Site::hint_load) : std::numeric_limits<Size>::max();
  }
  // There is a segment of this size.
  void raise_largest(Size size) const;
  // A search that began at `from` found none larger than this. true: the hint was lowered, and the caller looks again, because
  // somebody may have inserted a larger one before.
  bool lower_largest(Size from, Size size) const {
    return store_.compare_exchange_weak(geometry_.largest(), from, size, Site::hint_lower);
  }

 private:
  void count(Offset offset, Size change) const {
    if (geometry_.has_windows()) store_.fetch_add(geometry_.window(geometry_.window_of(offset)), change, Site::hint_add);
  }
  // Whether something was put into the list since the last complete merge, or what that has left may end at the cursor now.
  bool changed(Offset cursor) const {
    const Coverage covered(store_.load(geometry_.merged(), Site::hint_load));
    return static_cast<std::uint32_t>(inserted()) != covered.inserted || cursor < covered.end;
  }
  std::uint64_t inserted_since_merge() const { return inserted() - store_.load(geometry_.last_merge(), Site::hint_load); }
  bool windows_hold(Size size) const;

  Store store_;
  Geometry geometry_;
};

template <WordStore Store>
bool Hints<Store>::windows_hold(Size size) const {
  if (!geometry_.has_windows()) return true;
  const IndexShape& shape = geometry_.index_shape();
  const std::uint64_t window = std::uint64_t{1} << shape.window_shift, width = (size + window - 1) / window + 1;
  const auto load = [&](std::uint64_t i) {
    return std::uint64_t{store_.load(geometry_.window(static_cast<std::uint32_t>(i)), Site::hint_load)};
  };
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < shape.windows; ++i) {
    sum += load(i);
    if (sum >= size) return true;
    if (i + 1 >= width) sum -= std::min(sum, load(i + 1 - width));
  }
  return false;
}

template <WordStore Store>
std::optional<std::uint64_t> Hints<Store>::free_bytes() const {
  if (!geometry_.has_windows()) return std::nullopt;
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < geometry_.index_shape().windows; ++i) sum += store_.load(geometry_.window(i), Site::hint_load);
  return sum;
}

template <WordStore Store>
bool Hints<Store>::enter(bool needed) const {
  if (!geometry_.has_index()) return true;
  std::uint32_t idle = 0;
  if (store_.compare_exchange_weak(geometry_.merging(), idle, 1U, Site::hint_exchange)) return true;
  if (!needed || idle == 0) return false;  // 0: a spurious failure
  return store_.fetch_add(geometry_.merging(), 1U, Site::hint_add) % std::max<Size>(1, segments() / 256) == 0;
}

template <WordStore Store>
bool Hints<Store>::early() const {
  constexpr std::uint64_t something = 8, much = 256;
  if (!geometry_.has_index()) return false;
  const std::uint64_t since = inserted_since_merge();
  if (since < something) return false;
  const std::uint32_t left = store_.load(geometry_.pressed(), Site::hint_load);
  if (left == 0) return since >= std::max<std::uint64_t>(much, std::uint64_t{4} * segments());
  if (since < segments() / 16) return false;
  store_.store(geometry_.pressed(), left - 1, Site::hint_store);
  return true;
}

template <WordStore Store>
void Hints<Store>::merged(Size segments, std::optional<Coverage> covered) const {
  if (!geometry_.has_index()) return;
  store_.store(geometry_.segments(), segments, Site::hint_store);
  store_.store(geometry_.last_merge(), inserted(), Site::hint_store);
  if (covered) store_.store(geometry_.merged(), covered->bits(), Site::hint_store);
}

template <WordStore Store>
void Hints<Store>::raise_largest(Size size) const {
  if (!geometry_.has_index()) return;
  auto loop = store_.loop_head();
  // A read-modify-write: whoever lowers the hint later acquires from it, and then finds the segment.
  std::uint32_t known = store_.fetch_add(geometry_.largest(), 0U, Site::hint_raise);
  while (known < size && !store_.compare_exchange_weak(geometry_.largest(), known, size, Site::hint_lower)) store_.retry(loop);
}

}  // namespace rarena::detail
