// LiveSegments: which bytes are live, for builds that check how they are used. A free of bytes that are not live is a double
// free, or one of what the arena itself owns; a handle that is left when its arena ends has outlived it.
//
// What a file held when it was opened is live as far as no list says otherwise: which of it is, only the user knows.
//
// Thread safety: any number of threads (a mutex: checked builds are no measure of speed). A child of fork that is made while
// another thread is inside a call cannot use the arena.
// Progress: blocking; O(log live segments). Invariants: SEG-1 (finds who breaks it).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

#include "../layout/extent.hpp"
#include "../words/checked.hpp"

namespace rarena {

// Ends the program: it has done what no error can be returned for.
[[noreturn]] inline void report_misuse(const char* what, std::uint64_t number, const char* remedy) {
  std::fprintf(stderr, "rarena: misuse: %s (%ju): %s\n", what, static_cast<std::uintmax_t>(number), remedy);
  std::abort();
}

class LiveSegments {
 public:
  // Everything of [begin, end) is live.
  void start(std::uint64_t begin, std::uint64_t end) {
    const std::scoped_lock guard(mutex_);
    intervals_.clear();
    add(begin, end);
  }
  // Exactly these are. Throws std::bad_alloc, and then nothing has changed.
  void start(std::span<const Extent> live) {
    LiveSegments fresh;
    for (const Extent e : live) fresh.add(e.offset, e.end());
    const std::scoped_lock guard(mutex_);
    intervals_.swap(fresh.intervals_);
  }

  // The segment is live now. Throws std::bad_alloc.
  void took(Extent segment) {
    const std::scoped_lock guard(mutex_);
    add(segment.offset, segment.end());
  }
  // Whether all of it was live; from now on nothing of it is. Throws std::bad_alloc, and then nothing has changed.
  bool gives(Extent segment) {
    const std::scoped_lock guard(mutex_);
    return segment.empty() || remove(segment.offset, segment.end());
  }
  // Nothing above the position is live.
  void cut(std::uint64_t position) {
    const std::scoped_lock guard(mutex_);
    intervals_.erase(intervals_.lower_bound(position), intervals_.end());
    if (!intervals_.empty() && intervals_.rbegin()->second > position) intervals_.rbegin()->second = position;
  }

  void attach_handle() {
    const std::scoped_lock guard(mutex_);
    ++handles_;
  }
  void detach_handle() {
    const std::scoped_lock guard(mutex_);
    --handles_;
  }
  void end_of_arena() const {
    if (handles_ != 0) report_misuse("handles outlive their arena", handles_, "keep a copy of the arena until they have ended");
  }

 private:
  using Intervals = std::map<std::uint64_t, std::uint64_t>;  // from first to end; they do not touch

  void add(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) return;
    auto at = intervals_.try_emplace(begin, end).first;
    at->second = std::max(at->second, end);
    if (at != intervals_.begin() && std::prev(at)->second >= begin) {
      std::prev(at)->second = std::max(std::prev(at)->second, at->second);
      at = std::prev(intervals_.erase(at));
    }
    while (std::next(at) != intervals_.end() && std::next(at)->first <= at->second) {
      at->second = std::max(at->second, std::next(at)->second);
      intervals_.erase(std::next(at));
    }
  }
  bool remove(std::uint64_t begin, std::uint64_t end) {
    auto at = intervals_.upper_bound(begin);
    if (at == intervals_.begin() || (--at)->second < end) return false;
    if (end < at->second) intervals_.emplace(end, at->second);
    if (at->first < begin)
      at->second = begin;
    else
      intervals_.erase(at);
    return true;
  }

  std::mutex mutex_;
  Intervals intervals_;
  std::uint64_t handles_ = 0;
};

// The same for builds that do not check: it knows nothing, and allows everything.
class UncheckedSegments {
 public:
  void start(std::uint64_t, std::uint64_t) {}
  void start(std::span<const Extent>) {}
  void took(Extent) {}
  bool gives(Extent) { return true; }
  void cut(std::uint64_t) {}
  void attach_handle() {}
  void detach_handle() {}
  void end_of_arena() const {}
};

using CheckedSegments = std::conditional_t<checked, LiveSegments, UncheckedSegments>;

}  // namespace rarena
