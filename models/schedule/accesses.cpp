#include "accesses.hpp"

#include <algorithm>

namespace rarena::models::schedule {

namespace {

Step::Kind step_of(const WeakMemory::Exchange& exchange) {
  if (exchange.done) return Step::Kind::exchange;
  if (exchange.spurious) return Step::Kind::spurious_failure;
  return exchange.read.age == 0 ? Step::Kind::failed_exchange : Step::Kind::failed_stale_exchange;
}

}  // namespace

void ScheduleAccesses::reset() {
  violation_ = nullptr;
  words_.reset();
  previous_ = 0;
  unsynchronized_count_ = 0;
}

Found ScheduleAccesses::load(unsigned slot, Order order, Site, const Location&) {
  read_ = words_.load(thread(), slot, order, age_);
  return {read_.value, read_.age == 0};
}

void ScheduleAccesses::store(unsigned slot, std::uint64_t value, Order order, Site site, const Location&) {
  words_.store(thread(), slot, value, order, origin(site));
}

Exchanged ScheduleAccesses::exchange(unsigned slot, std::uint64_t wanted, std::uint64_t value, Order order, Order failure,
                                     Site site, const Location&) {
  const WeakMemory::Exchange e = words_.exchange(thread(), slot, wanted, value, order, failure, age_, origin(site));
  read_ = e.read;
  return {e.read.value, step_of(e)};
}

std::uint64_t ScheduleAccesses::fetch_add(unsigned slot, std::uint64_t value, std::uint64_t mask, Order order, Site site,
                                          const Location&) {
  read_ = words_.fetch_add(thread(), slot, value, mask, order, origin(site));
  return read_.value;
}

Owner ScheduleAccesses::exchange_owner(unsigned unit, Owner owner, HandOver, const Location& where) {
  Unit& u = units_[unit];
  if (!words_.sees(thread(), u.last_use)) fail("SEG-3: a race on payload: its last use does not happen before this one", where);
  const Owner was = u.owner;
  u = {owner, words_.use(thread())};
  return was;
}

void ScheduleAccesses::end(Site site) {
  if (!read_.written) fail("FL-2: a word was read as it was before its first write", Location::current());
  if (read_.origin != 0 && !read_.synchronizes) note_unsynchronized(site);
  if (counters_.empty()) return;
  const WeakMemory::Origin here = origin(site);
  const std::uint32_t age = std::min<std::uint32_t>(read_.age, 7);
  count(std::uint32_t{previous_} << 16U | std::uint32_t{here} << 4U | age);
  count(std::uint32_t{read_.origin} << 16U | std::uint32_t{here} << 4U | 8U | (age != 0 ? 1U : 0U));
  previous_ = here;
}

void ScheduleAccesses::note_unsynchronized(Site read) {
  const unsigned writer = read_.origin - 1U;
  if (writer % maximum_threads == thread() || unsynchronized_count_ == unsynchronized_.size()) return;
  unsynchronized_[unsynchronized_count_++] = {static_cast<Site>(writer / maximum_threads), read};
}

void ScheduleAccesses::count(std::uint32_t what) {
  what = (what ^ what >> 15U) * 0x2c1b3c6dU;
  what = (what ^ what >> 12U) * 0x297a2d39U;
  std::uint8_t& counter = counters_[(what ^ what >> 15U) & (counters_.size() - 1)];
  if (counter != 255) ++counter;
}

}  // namespace rarena::models::schedule
