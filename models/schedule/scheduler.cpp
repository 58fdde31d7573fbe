#include "scheduler.hpp"

#include <cstdlib>
#include <utility>

namespace rarena::models::schedule {

namespace {

constexpr unsigned stays = 8;  // high halves below this

constexpr Age age_of(unsigned low_half) { return low_half < 8 ? Age::newest : static_cast<Age>(low_half - 7); }
static_assert(age_of(14) == Age::oldest && age_of(15) == Age::spurious);

}  // namespace

Scheduler::Scheduler(std::function<void(unsigned)> body)
    : body_(std::move(body)), fibers_(maximum_threads, &Scheduler::body, this) {}

Scheduler::End Scheduler::run(unsigned threads, std::span<const std::uint8_t> bytes) {
  bytes_ = bytes;
  used_ = 0;
  threads_ = left_ = threads;
  ended_ = {};
  steps_ = fair_steps_ = {};
  fair_ = false;
  end_ = End::all_ended;
  // Every thread comes to its first access, so that each byte decides about an access.
  starting_ = true;
  for (unsigned i = 0; i < threads && end_ == End::all_ended; ++i) resume(i);
  starting_ = false;
  thread_ = 0;
  if (left_ != 0) decide();
  while (left_ != 0 && end_ == End::all_ended) {
    if (ended_[thread_]) thread_ = other(0);
    resume(thread_);
    if (ended_[thread_] && left_ != 0 && !fair_) decide();
  }
  if (end_ != End::all_ended) forget();
  return end_;
}

void Scheduler::resume(unsigned thread) {
  thread_ = thread;
  if (!fibers_.resume(thread)) return;
  ended_[thread] = true;
  --left_;
}

Age Scheduler::step() {
  const unsigned self = thread_;
  if (starting_) {
    fibers_.pause();
  } else if (!fair_) {
    decide();
    if (thread_ != self) fibers_.pause();
  }
  if (!fair_) {
    fair_ = ++steps_[self] >= chosen_steps;
    return std::exchange(age_, Age::newest);
  }
  if (++fair_steps_[self] > fair_steps) leave(End::no_progress);
  return Age::newest;
}

void Scheduler::retry() {
  if (!fair_ || left_ == 1) return;
  thread_ = other(0);
  fibers_.pause();
}

void Scheduler::decide() {
  age_ = Age::newest;
  if (exhausted()) {
    fair_ = true;
    return;
  }
  const unsigned byte = bytes_[used_++], high = byte >> 4U;
  age_ = age_of(byte & 15U);
  if (high >= stays || ended_[thread_]) thread_ = other(high % stays);
}

unsigned Scheduler::other(unsigned k) const {
  const unsigned others = left_ - (ended_[thread_] ? 0U : 1U);
  if (others == 0) return thread_;
  unsigned t = thread_;
  for (unsigned rest = k % others + 1; rest != 0;) {
    t = t + 1 == threads_ ? 0 : t + 1;
    if (t != thread_ && !ended_[t]) --rest;
  }
  return t;
}

void Scheduler::leave(End end) {
  end_ = end;
  fibers_.pause();
  std::abort();
}

void Scheduler::forget() {
  for (unsigned i = 0; i < threads_; ++i)
    if (!ended_[i]) fibers_.drop(i);
}

}  // namespace rarena::models::schedule
