#include "memory.hpp"

#include <algorithm>

namespace rarena::models::schedule {

namespace {

Step::Kind kind_of_failure(const WeakMemory::Exchange& exchange) {
  if (exchange.spurious) return Step::Kind::spurious_failure;
  return exchange.read.age == 0 ? Step::Kind::failed_exchange : Step::Kind::failed_stale_exchange;
}

}  // namespace

ScheduleMemory::ScheduleMemory(Scheduler& scheduler, const Image& image, bool watch, const OrderTable& orders, Trace* trace,
                               Counters counters)
    : scheduler_(scheduler), image_(image), geometry_(image.geometry()), monitor_(*this, geometry_, image.kind()),
      orders_(orders), trace_(trace), counters_(counters), watch_(watch) {}

void ScheduleMemory::initialise() {
  violation_ = nullptr;
  words_.reset();
  next_slot_ = 1;
  previous_ = 0;
  slots_ = {};
  granules_ = {};
  image_.each_word([&](auto word, auto value) { words_.initialise(slot_for(word.place), value); });
  for (const Owned& o : image_.owners()) set_owner(o.segment, o.owner);
  for (const Offset d : image_.all_descriptors()) set_owner({d, descriptor_size}, owner_descriptor);
}

std::uint64_t ScheduleMemory::load(Place place, Site site, const Location& where) {
  const Age age = scheduler_.step();
  const Slot slot = known_slot(place);
  const Order order = orders_[site].order;
  const WeakMemory::Read read = words_.load(scheduler_.thread(), slot, order, age);
  record(read.age == 0 ? Step::Kind::read : Step::Kind::stale_read, site, place, read.value, 0, order, where);
  accessed(site, read);
  return read.value;
}

void ScheduleMemory::store(Place place, std::uint64_t value, Site site, const Location& where) {
  scheduler_.step();
  const Slot slot = slot_for(place);
  const Order order = orders_[site].order;
  const std::uint64_t before = words_.written(slot) ? words_.newest(slot) : 0;
  words_.store(scheduler_.thread(), slot, value, order, origin(site));
  record(Step::Kind::write, site, place, 0, value, order, where);
  accessed(site, {});
  changed(slot, site, place, before);
}

bool ScheduleMemory::compare_exchange_weak(Place place, std::uint64_t& expected, std::uint64_t value, Site site,
                                           const Location& where) {
  const Age age = scheduler_.step();
  const Slot slot = known_slot(place);
  const auto [order, failure] = orders_[site];
  const std::uint64_t wanted = expected;
  const WeakMemory::Exchange exchange =
      words_.exchange(scheduler_.thread(), slot, wanted, value, order, failure, age, origin(site));
  expected = exchange.read.value;
  if (exchange.done)
    record(Step::Kind::exchange, site, place, wanted, value, order, where);
  else
    record(kind_of_failure(exchange), site, place, expected, wanted, failure, where);
  accessed(site, exchange.read);
  if (exchange.done) changed(slot, site, place, wanted);
  return exchange.done;
}

std::uint64_t ScheduleMemory::fetch_add(Place place, std::uint64_t value, std::uint64_t mask, Site site,
                                        const Location& where) {
  scheduler_.step();
  const Slot slot = known_slot(place);
  const Order order = orders_[site].order;
  const WeakMemory::Read read = words_.fetch_add(scheduler_.thread(), slot, value, mask, order, origin(site));
  record(Step::Kind::exchange, site, place, read.value, words_.newest(slot), order, where);
  accessed(site, read);
  changed(slot, site, place, read.value);
  return read.value;
}

void ScheduleMemory::claim(Extent extent, const Location& where) {
  hand_over(
      "claim", extent, [](std::uint32_t owner) { return owner == 0; }, "SEG-1: bytes that have an owner were handed out",
      scheduler_.thread() + 1, where);
}

void ScheduleMemory::release(Extent extent, const Location& where) {
  hand_over(
      "release", extent, [](std::uint32_t owner) { return owner != 0; }, "SEG-1: bytes without an owner were freed", 0, where);
}

void ScheduleMemory::use(Extent extent, const Location& where) {
  const std::uint32_t self = scheduler_.thread() + 1;
  hand_over(
      "payload write", extent, [&](std::uint32_t owner) { return owner == self; },
      "SEG-1: a thread's segment has another owner", self, where);
}

const std::uint64_t* ScheduleMemory::peek(Place place) const {
  const Slot slot = slots_[static_cast<std::size_t>(place) / 4];
  return slot == no_slot || !words_.written(slot) ? nullptr : &words_.newest(slot);
}

bool ScheduleMemory::owned(Extent extent) const {
  for (Offset at = extent.offset; at < extent.end(); at += granule)
    if (granules_[at / granule].owner != 0) return true;
  return false;
}

void ScheduleMemory::fail(const char* message) {
  violation_ = message;
  scheduler_.abandon();
}

ScheduleMemory::Slot ScheduleMemory::slot_for(Place place) {
  check(place >= 0 && static_cast<std::size_t>(place) < bytes, "FL-2: an access outside the memory");
  std::uint8_t& slot = slots_[static_cast<std::size_t>(place) / 4];
  if (slot == no_slot) {
    check(next_slot_ < WeakMemory::slots, "model: the scenario has too many words");
    slot = static_cast<std::uint8_t>(next_slot_++);
  }
  return slot;
}

ScheduleMemory::Slot ScheduleMemory::known_slot(Place place) {
  check(place >= 0 && static_cast<std::size_t>(place) < bytes && peek(place), "FL-2: bytes that are no word were read as one");
  return slots_[static_cast<std::size_t>(place) / 4];
}

void ScheduleMemory::set_owner(Extent extent, std::uint32_t owner) {
  for (Offset at = extent.offset; at < extent.end(); at += granule) granules_[at / granule].owner = owner;
}

template <class Right>
void ScheduleMemory::hand_over(const char* what, Extent extent, Right right, const char* wrong, std::uint32_t owner,
                               const Location& where) {
  if (trace_) trace_->add({Step::Kind::ghost, scheduler_.thread(), what, 0, encode(extent), 0, Order::relaxed, where});
  check(extent.offset >= geometry_.data_offset() && extent.end() <= geometry_.capacity(),
        "SEG-1: a segment lies outside the data");
  check(extent.offset % granule == 0 && extent.size % granule == 0, "model: the scenario is not made of granules");
  const unsigned self = scheduler_.thread();
  const WeakMemory::Use now = words_.use(self);
  for (Offset at = extent.offset; at < extent.end(); at += granule) {
    Granule& g = granules_[at / granule];
    check(words_.sees(self, g.last_use), "SEG-3: a race on payload: its last use does not happen before this one");
    check(right(g.owner), wrong);
    g = {owner, now};
  }
}

void ScheduleMemory::count(std::uint32_t what) {
  what = (what ^ what >> 15U) * 0x2c1b3c6dU;
  what = (what ^ what >> 12U) * 0x297a2d39U;
  std::uint8_t& counter = counters_[(what ^ what >> 15U) & (counters_.size() - 1)];
  if (counter != 255) ++counter;
}

void ScheduleMemory::accessed(Site site, const WeakMemory::Read& read) {
  check(read.written, "FL-2: a word was read as it was before its first write");
  if (counters_.empty()) return;
  const WeakMemory::Origin here = origin(site);
  const std::uint32_t age = std::min<std::uint32_t>(read.age, 7);
  count(std::uint32_t{previous_} << 16U | std::uint32_t{here} << 4U | age);
  count(std::uint32_t{read.origin} << 16U | std::uint32_t{here} << 4U | 8U | (age != 0 ? 1U : 0U));
  previous_ = here;
}

void ScheduleMemory::changed(Slot slot, Site site, Place place, std::uint64_t before) {
  if (!watch_) return;
  if (const char* wrong = monitor_.after_write(site, place, before, words_.newest(slot))) fail(wrong);
}

}  // namespace rarena::models::schedule
