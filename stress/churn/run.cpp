#include "churn/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <thread>

#include "churn/watchdog.hpp"

namespace rarena::stress {

namespace {

// So many that the arena is mostly full, and not always.
std::size_t most_held(const Settings& settings) { return std::max<std::size_t>(settings.capacity / 160 / settings.threads, 4); }

}  // namespace

Run::Run(const Settings& settings)
    : settings_(settings), beats_(settings.threads), frames_(settings.threads), ending_(settings, beats_),
      target_(make_target(settings)), barrier_(static_cast<std::ptrdiff_t>(settings.threads)) {
  workers_.reserve(settings.threads);
  for (unsigned i = 0; i < settings.threads; ++i)
    workers_.emplace_back(*target_, exchange_, beats_[i], settings.seed, i, most_held(settings));
  next_round();
}

Summary Run::run() {
  const bool sanitized = listen_to_sanitizers(ending_);
  install_stack_signals(!sanitized);
  {
    std::vector<std::jthread> threads;
    std::vector<Watchdog::Worker> watched;
    for (unsigned i = 0; i < settings_.threads; ++i) {
      threads.emplace_back([this, i] { work(i); });
      watched.push_back({threads.back().native_handle(), &beats_[i], &frames_[i]});
    }
    const Watchdog watchdog(std::move(watched), settings_.stall_seconds, ending_);
    for (std::jthread& thread : threads) thread.join();
  }
  if (sanitizer_reported()) ending_.violation("SEG-3: ThreadSanitizer reported a race, see the standard error stream");
  for (const Worker& worker : workers_) summary_.tally.add(worker.tally());
  summary_.operations = ending_.operations();
  summary_.seconds = ending_.seconds();
  return summary_;
}

void Run::work(unsigned index) {
  enlist(frames_[index]);
  try {
    for (;;) {
      beats_[index].enter(Call::waiting);
      barrier_.arrive_and_wait();
      if (over_) return;
      beats_[index].enter(Call::own_work);
      workers_[index].run(phase_, steps_);
      barrier_.arrive_and_wait();
      if (index != 0) continue;
      beats_[index].enter(Call::judging);
      next_round();
      judge(over_);
    }
  } catch (const std::exception& error) {
    ending_.violation(error.what());
  }
}

// An empty round has no operations of its own, so it is never the last one.
void Run::next_round() {
  constexpr std::array<Phase, 5> order = {Phase::mixed, Phase::exhaust, Phase::discard, Phase::empty, Phase::exhaust};
  if (round_ != 0) ++summary_.rounds[static_cast<std::size_t>(phase_)];
  const bool enough = settings_.operations != 0 && planned_ >= settings_.operations;
  over_ = enough || (settings_.seconds > 0 && ending_.seconds() >= settings_.seconds);
  if (over_) return;
  phase_ = order[round_++ % order.size()];
  steps_ = settings_.operations != 0 ? std::min(settings_.round, settings_.operations - planned_) : settings_.round;
  if (phase_ != Phase::empty) planned_ += steps_;
}

std::vector<Held> Run::held() const {
  std::vector<Held> all;
  for (const Worker& worker : workers_) all.insert(all.end(), worker.held().begin(), worker.held().end());
  for (std::size_t slot = 0; slot < Exchange::slots; ++slot)
    if (const auto& there = exchange_.peek(slot)) all.push_back(*there);
  return all;
}

void Run::check(std::span<const Held> held, std::span<const Extent> live) const {
  if (const auto wrong = target_->sound(live)) throw Violation(*wrong);
  for (const Held& one : held) compare(*target_, one);
}

void Run::judge(bool last) {
  const std::vector<Held> all = held();
  std::vector<Extent> live;
  for (const Held& one : all) live.push_back(one.segment);
  check(all, live);
  probe();
  check(all, live);
  const bool can_rebuild = target_->node() == 0 || all.empty();
  if (!can_rebuild || (!last && target_->discarded() < target_->capacity() / 4)) return;
  rebuild(live);
  check(all, live);
}

// What the freelist must not refuse to a call that runs alone. An optimistic list answers with its first, largest segment.
void Run::probe() {
  Extent largest;
  for (const Extent segment : target_->free_segments())
    if (segment.size > largest.size) largest = segment;
  if (largest.empty()) return;
  ++summary_.probes;
  const auto given = target_->allocate(largest.size, 1, Fill::none);
  if (!given)
    throw Violation(
        fmt::format("FL-4: a request of {} bytes was refused, although {} is free", largest.size, oracle::text(largest)));
  if (const auto done = target_->dealloc(given->segment); !done)
    throw Violation("SEG-1: dealloc of an owned segment: " + done.error().message());
}

void Run::rebuild(std::span<const Extent> live) {
  ++summary_.rebuilds;
  if (const auto done = target_->rebuild(live); !done)
    throw Violation(fmt::format("SEG-2: rebuild with {} live segments: {}", live.size(), done.error().message()));
}

}  // namespace rarena::stress
