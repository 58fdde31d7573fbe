// Worker: one thread of the random workload. It logs before it gives anything up, and after it has got something.
//
// A violation that it sees (a payload that changed, an error that must not be) ends the process, with the complaint in the log.
//
// Thread safety: one thread per worker; workers share the arena and the whole log. Invariants: SEG-1 (payloads).
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "core/arena/arena.hpp"
#include "kill_reopen/delaying_store.hpp"
#include "kill_reopen/log.hpp"
#include "shared/pattern.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

// The first complaint is kept.
[[noreturn]] inline void complain(const Log& log, const std::string& text) {
  static std::mutex first;
  first.lock();
  log.complain(text);
  ::_exit(complained);
}

template <WordStore Store>
class Worker {
 public:
  // `first_serial` and what follows it are this worker's alone.
  Worker(const BasicArena<Store>& arena, const Log& log, unsigned thread, Random random, std::uint64_t first_serial)
      : arena_(arena), whole_log_(log), log_(log.thread(thread)), random_(random), serial_(first_serial) {}

  void step() {
    const std::uint32_t what = random_.below(10'000);
    if (what < 5200) return allocate();
    if (what < 9400) return free();
    if (what < 9940) return shrink();
    if (what < 9945) return change_minimum();
    if (what < 9947) return discard();
    if (what < 9980) return flush_one();
    flush_all();
  }

 private:
  std::optional<std::size_t> any_slot(bool empty) {
    const std::size_t from = random_.below(ThreadLog::slots);
    for (std::size_t i = 0; i < ThreadLog::slots; ++i) {
      const std::size_t index = (from + i) % ThreadLog::slots;
      if ((log_.slot(index).state == SlotState::empty) == empty) return index;
    }
    return std::nullopt;
  }
  void allocate();
  void free();
  void shrink();
  void flush_one();
  void flush_all();
  void change_minimum() {
    constexpr std::array<Size, 5> sizes = {1, 20, 20, 20, 40};
    must(arena_.set_minimum_segment_size(sizes[random_.below(sizes.size())]), "set_minimum_segment_size");
  }
  void discard() {
    must(arena_.discard_freelist(), "discard_freelist");
    log_.count(Count::discards);
  }

  void verify(const Slot& slot) const {
    if (slot.state == SlotState::owned) return;
    if (const auto at = first_change(arena_.data(), slot.segment, slot.serial))
      complain(whole_log_, "SEG-1: byte " + std::to_string(*at) + " of the live segment [" +
                               std::to_string(slot.segment.offset) + ", " + std::to_string(slot.segment.end()) +
                               ") changed under its owner");
  }
  template <class T>
  void must(const std::expected<T, Error>& outcome, const char* what) const {
    if (!outcome) complain(whole_log_, std::string("SEG-1: ") + what + " failed: " + outcome.error().message());
  }

  const BasicArena<Store>& arena_;
  const Log& whole_log_;
  ThreadLog log_;
  Random random_;
  std::uint64_t serial_;
};

template <WordStore Store>
void Worker<Store>::allocate() {
  const auto slot = any_slot(true);
  if (!slot) return free();
  const std::uint32_t size = random_.one_in(12) ? 200 + random_.below(1200) : 8 + random_.below(150);
  const std::uint32_t alignment = random_.one_in(4) ? 1U << random_.below(8) : 1;
  const auto got = arena_.allocate(size, alignment, random_.one_in(4) ? Fill::zero : Fill::none);
  if (!got) {
    if (got.error().code != ErrorCode::insufficient_space) must(got, "allocate");
    log_.count(Count::refusals);
    return free();
  }
  log_.own(*slot, got->segment, ++serial_);
  paint(arena_.data(), got->segment, serial_);
  log_.set_state(*slot, SlotState::painted);
  log_.count(Count::allocations);
  Delays::perhaps(Delays::often);  // what was handed out too early is not yet repaired by the next search
}

template <WordStore Store>
void Worker<Store>::free() {
  const auto index = any_slot(false);
  if (!index) return;
  const Slot slot = log_.slot(*index);
  verify(slot);
  log_.set_state(*index, SlotState::freeing);
  must(arena_.dealloc(slot.segment.offset, slot.segment.size), "dealloc");
  log_.set_state(*index, SlotState::empty);
  log_.count(Count::frees);
}

template <WordStore Store>
void Worker<Store>::shrink() {
  const auto index = any_slot(false);
  if (!index) return;
  const Slot slot = log_.slot(*index);
  if (slot.segment.size < 2 || slot.state == SlotState::owned) return;
  const std::uint64_t cut = slot.segment.offset + 1 + random_.below(slot.segment.size - 1);
  const Extent head = detail::extent_between(slot.segment.offset, cut), tail = detail::extent_between(cut, slot.segment.end());
  const bool give_head = random_.one_in(2);
  const Extent part = give_head ? head : tail;
  verify(slot);
  log_.begin_shrinking(*index, part);
  must(arena_.dealloc(part.offset, part.size), "dealloc of a part");
  log_.set_segment(*index, give_head ? tail : head);
  log_.set_state(*index, SlotState::painted);
  log_.count(Count::shrinks);
}

template <WordStore Store>
void Worker<Store>::flush_one() {
  const auto index = any_slot(false);
  if (!index) return;
  const Slot slot = log_.slot(*index);
  must(arena_.flush_header_and_range(slot.segment.offset, slot.segment.size), "flush_header_and_range");
  if (slot.state != SlotState::owned) log_.set_state(*index, SlotState::flushed);
  log_.count(Count::flushes);
}

template <WordStore Store>
void Worker<Store>::flush_all() {
  must(arena_.flush(), "flush");
  for (std::size_t i = 0; i < ThreadLog::slots; ++i)
    if (log_.slot(i).state == SlotState::painted) log_.set_state(i, SlotState::flushed);
  log_.count(Count::flushes);
}

}  // namespace rarena::stress
