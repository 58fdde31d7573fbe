#include "churn/worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "shared/pattern.hpp"

namespace rarena::stress {

namespace {

Extent payload(const Target& target, Extent segment) {
  return detail::extent_between(std::min<std::uint64_t>(segment.offset + std::uint64_t{target.node()}, segment.end()),
                                segment.end());
}

// Throws Violation if the call failed.
template <class T>
void demand(const std::expected<T, Error>& done, const char* id, const char* call) {
  if (!done) throw Violation(fmt::format("{}: {}: {}", id, call, done.error().message()));
}

}  // namespace

void compare(const Target& target, const Held& held) {
  const auto changed = first_change(target.data(), payload(target, held.segment), held.serial);
  if (!changed) return;
  throw Violation(
      fmt::format("SEG-1: the byte at {} of the live segment {} is not what its owner painted: expected {:#04x}, found {:#04x}",
                  *changed, oracle::text(held.segment), std::to_integer<unsigned>(painted_byte(*changed, held.serial)),
                  std::to_integer<unsigned>(target.data()[*changed])));
}

std::optional<Held> Exchange::swap(std::size_t slot, std::optional<Held> held) {
  const std::unique_lock lock(slots_[slot].mutex, std::try_to_lock);
  return lock ? std::exchange(slots_[slot].held, held) : held;
}

void Done::add(const Done& other) {
  allocations += other.allocations;
  refusals += other.refusals;
  frees += other.frees;
  partial_frees += other.partial_frees;
  handed_over += other.handed_over;
  given_up += other.given_up;
  list_discards += other.list_discards;
  flushes += other.flushes;
}

Worker::Worker(Target& target, Exchange& exchange, Beat& beat, std::uint64_t seed, unsigned index, std::size_t most_held)
    : target_(target), exchange_(exchange), beat_(beat), random_(seed, 1, index), serial_(std::uint64_t{index} << 40U),
      most_held_(most_held) {}

void Worker::run(Phase phase, std::uint64_t operations) {
  if (phase == Phase::empty) return free_all();
  bool full = phase != Phase::exhaust;
  for (std::uint64_t i = 0; i < operations; ++i, beat_.step()) {
    if (full)
      step(phase);
    else
      full = !allocate();
  }
  beat_.enter(Call::waiting);
}

void Worker::step(Phase phase) {
  const std::uint32_t what = random_.below(1000);
  const std::uint32_t allocating = phase == Phase::exhaust ? 600 : 450;
  if (what >= 985) return rarely(phase);
  if (what >= 900) return hand_over();
  if (what < allocating && (phase == Phase::exhaust || held_.size() < most_held_)) return void(allocate());
  free_some();
}

void Worker::rarely(Phase phase) {
  const std::uint32_t what = random_.below(32);
  if (what < (phase == Phase::discard ? 8U : 1U)) return discard_freelist();
  if (what < 12) {
    constexpr std::array<Size, 5> sizes = {1, 8, 20, 20, 64};
    const Size size = sizes[random_.below(sizes.size())];
    beat_.enter(Call::set_minimum_segment_size, size);
    return demand(target_.set_minimum_segment_size(size), "SEG-2", "set_minimum_segment_size");
  }
  if (what < 20) return ask_for_too_much();
  if (what < 31) return give_up();
  beat_.enter(Call::flush);
  demand(target_.flush(), "REC-2", "flush");
  ++tally_.flushes;
}

Size Worker::some_size() {
  constexpr std::array<Size, 4> usual = {16, 32, 48, 64};
  const Size least = std::max<Size>(target_.node() + target_.granule(), 1);
  const Size size = random_.one_in(4) ? usual[random_.below(usual.size())] : random_.magnitude(1, target_.capacity() / 16.0);
  return std::max(least, granular(size));
}

// Whether there was room.
bool Worker::allocate() {
  const Size size = some_size();
  const Size limit = target_.granule() > 1 ? 1 : target_.maximum_alignment();
  const Size alignment = random_.one_in(2) ? 1 : std::min(limit, Size{1} << random_.below(7));
  const Fill fill = random_.one_in(3) ? Fill::zero : Fill::none;
  beat_.enter(Call::allocate, size);
  const auto given = target_.allocate(size, alignment, fill);
  beat_.enter(Call::own_work, size);
  if (!given) {
    if (given.error().code != ErrorCode::insufficient_space) demand(given, "FL-4", "allocate");
    ++tally_.refusals;
    return false;
  }
  ++tally_.allocations;
  check_given(*given, size, alignment, fill);
  held_.push_back({given->segment, ++serial_});
  paint(target_.data(), payload(target_, given->segment), serial_);
  return true;
}

void Worker::check_given(const Allocation& given, std::uint64_t size, std::uint64_t alignment, Fill fill) const {
  const Extent used = given.used, segment = given.segment;
  const bool inside = segment.offset >= target_.data_offset() && segment.offset <= used.offset && used.end() <= segment.end() &&
                      segment.end() <= target_.capacity();
  if (!inside || used.size != size || used.offset % alignment != 0)
    throw Violation(fmt::format("SEG-1: asked for {} bytes aligned to {}, found {} in the segment {} of {} bytes of memory",
                                size, alignment, oracle::text(used), oracle::text(segment), target_.capacity()));
  if (fill != Fill::zero) return;
  const Extent zeros = payload(target_, used);
  for (std::uint64_t at = zeros.offset; at < zeros.end(); ++at)
    if (target_.data()[at] != std::byte{0})
      throw Violation(fmt::format("FL-2: the byte at {} of {} was to be zero, found {:#04x}", at, oracle::text(used),
                                  std::to_integer<unsigned>(target_.data()[at])));
}

// Sizes that no arena of ours has, some of them near 2^32 and beyond.
void Worker::ask_for_too_much() {
  constexpr std::uint64_t most = std::numeric_limits<Size>::max();
  const std::uint64_t size =
      random_.one_in(4) ? most + 1 + random_.below(64) : granular(static_cast<Size>(most - random_.below(4096)));
  beat_.enter(Call::allocate, size);
  const auto given = target_.allocate(size, 1, Fill::none);
  if (!given) return void(++tally_.refusals);
  throw Violation(
      fmt::format("SEG-1: asked for {} bytes of {}, found {}", size, target_.capacity(), oracle::text(given->used)));
}

Held Worker::take_any() {
  const std::size_t at = random_.below(held_.size());
  std::swap(held_[at], held_.back());
  const Held held = held_.back();
  held_.pop_back();
  return held;
}

void Worker::free_some() {
  if (held_.empty()) return;
  const Held held = take_any();
  beat_.enter(Call::own_work, held.segment.size);
  compare(target_, held);
  if (random_.one_in(4) && held.segment.size >= 2 * (target_.granule() + target_.node())) return free_part(held);
  dealloc(held.segment);
  ++tally_.frees;
}

// The front, the back, or both, one after the other in either order.
void Worker::free_part(Held held) {
  const Size least = std::max<Size>(target_.granule() + target_.node(), 1);
  const Size cut = least + granular(random_.below(held.segment.size - 2 * least + 1));
  const Extent front{held.segment.offset, cut},
      back = detail::extent_between(held.segment.offset + std::uint64_t{cut}, held.segment.end());
  const bool front_first = random_.one_in(2), both = random_.one_in(2);
  dealloc(front_first ? front : back);
  const Extent rest = front_first ? back : front;
  if (both)
    dealloc(rest);
  else
    held_.push_back({rest, held.serial});
  ++tally_.partial_frees;
}

void Worker::dealloc(Extent part) {
  beat_.enter(Call::dealloc, part.size);
  demand(target_.dealloc(part), "SEG-1", "dealloc of an owned segment");
  beat_.enter(Call::own_work);
}

void Worker::free_all() {
  for (std::size_t slot = 0; slot < Exchange::slots; ++slot)
    if (const auto there = exchange_.swap(slot, std::nullopt)) held_.push_back(*there);
  while (!held_.empty()) {
    const Held held = take_any();
    compare(target_, held);
    dealloc(held.segment);
    ++tally_.frees;
  }
  beat_.enter(Call::waiting);
}

void Worker::hand_over() {
  beat_.enter(Call::own_work);
  std::optional<Held> leaving;
  if (!held_.empty()) leaving = take_any();
  const auto there = exchange_.swap(random_.below(Exchange::slots), leaving);
  if (leaving && (!there || there->serial != leaving->serial)) ++tally_.handed_over;
  if (there) held_.push_back(*there);
}

// For good: the bytes count as discarded.
void Worker::give_up() {
  if (held_.empty()) return;
  const Held held = take_any();
  compare(target_, held);
  beat_.enter(Call::increase_discarded, held.segment.size);
  demand(target_.increase_discarded(held.segment.size), "SEG-2", "increase_discarded of owned bytes");
  ++tally_.given_up;
}

void Worker::discard_freelist() {
  beat_.enter(Call::discard_freelist);
  demand(target_.discard_freelist(), "SEG-2", "discard_freelist");
  ++tally_.list_discards;
}

}  // namespace rarena::stress
