#include "live_segments.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace rarena::detail {

void report_misuse(const char* what, std::uint64_t number, const char* remedy) {
  std::fprintf(stderr, "rarena: misuse: %s (%ju): %s\n", what, static_cast<std::uintmax_t>(number), remedy);
  std::abort();
}

LiveSegments::Alone::Alone(LiveSegments& segments) : segments_(segments) {
  const std::scoped_lock guard(segments_.mutex_);
  segments_.check_not_beside();
  segments_.alone_ = this_thread();
}

LiveSegments::Alone::~Alone() {
  const std::scoped_lock guard(segments_.mutex_);
  segments_.alone_ = nullptr;
}

const void* LiveSegments::this_thread() {
  static thread_local char mark;
  return &mark;
}

void LiveSegments::check_not_beside() const {
  if (alone_ == nullptr || alone_ == this_thread()) return;
  report_misuse("the arena is used beside an exclusive operation", intervals_.size(), "let nobody else use it meanwhile");
}

void LiveSegments::start(std::uint64_t begin, std::uint64_t end) {
  const std::scoped_lock guard(mutex_);
  intervals_.clear();
  add(begin, end);
}

void LiveSegments::start(std::span<const Extent> live) {
  LiveSegments fresh;
  for (const Extent e : live) fresh.add(e.offset, e.end());
  const std::scoped_lock guard(mutex_);
  intervals_.swap(fresh.intervals_);
}

void LiveSegments::took(Extent segment) {
  if (ignorant_) return;
  const std::scoped_lock guard(mutex_);
  check_not_beside();
  add(segment.offset, segment.end());
}

bool LiveSegments::gives(Extent segment) {
  if (ignorant_) return true;
  const std::scoped_lock guard(mutex_);
  check_not_beside();
  return segment.empty() || remove(segment.offset, segment.end());
}

bool LiveSegments::holds(Extent segment) {
  if (ignorant_) return true;
  const std::scoped_lock guard(mutex_);
  check_not_beside();
  const auto behind = intervals_.upper_bound(segment.offset);
  return segment.empty() || (behind != intervals_.begin() && std::prev(behind)->second >= segment.end());
}

void LiveSegments::cut(std::uint64_t position) {
  const std::scoped_lock guard(mutex_);
  intervals_.erase(intervals_.lower_bound(position), intervals_.end());
  if (!intervals_.empty() && intervals_.rbegin()->second > position) intervals_.rbegin()->second = position;
}

void LiveSegments::attach_handle() {
  const std::scoped_lock guard(mutex_);
  ++handles_;
}

void LiveSegments::detach_handle() {
  const std::scoped_lock guard(mutex_);
  --handles_;
}

void LiveSegments::end_of_arena() const {
  if (handles_ != 0) report_misuse("handles outlive their arena", handles_, "keep a copy of the arena until they have ended");
}

void LiveSegments::add(std::uint64_t begin, std::uint64_t end) {
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

bool LiveSegments::remove(std::uint64_t begin, std::uint64_t end) {
  auto at = intervals_.upper_bound(begin);
  if (at == intervals_.begin() || (--at)->second < end) return false;
  if (end < at->second) intervals_.emplace(end, at->second);
  if (at->first < begin)
    at->second = begin;
  else
    intervals_.erase(at);
  return true;
}

}  // namespace rarena::detail
