#include "kill_reopen/log.hpp"

#include <algorithm>

namespace rarena::stress {

namespace {

// The part of a shrinking segment that stays. `giving` is its beginning or its end, or already cut off.
Extent kept(const Slot& slot) {
  if (slot.giving.offset == slot.segment.offset) return detail::extent_between(slot.giving.end(), slot.segment.end());
  if (slot.giving.end() == slot.segment.end()) return detail::extent_between(slot.segment.offset, slot.giving.offset);
  return slot.segment;
}

}  // namespace

void Log::complain(const std::string& text) const {
  std::array<std::uint64_t, text_words> words{};
  std::memcpy(words.data(), text.data(), std::min(text.size(), sizeof words));
  for (std::size_t i = 0; i < words.size(); ++i) header_.write(3 + i, words[i]);
  header_.write(2, std::min(text.size(), sizeof words));
}

std::string Log::complaint() const {
  std::array<std::uint64_t, text_words> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = header_.read(3 + i);
  const auto length = std::min<std::size_t>(header_.read(2), sizeof words);
  return {reinterpret_cast<const char*>(words.data()), length};
}

std::vector<LiveSegment> Log::live() const {
  std::vector<LiveSegment> result;
  for (unsigned t = 0; t < threads_; ++t) {
    for (std::size_t i = 0; i < ThreadLog::slots; ++i) {
      const Slot slot = thread(t).slot(i);
      switch (slot.state) {
        case SlotState::empty:
        case SlotState::freeing: break;
        case SlotState::owned: result.push_back({slot.segment, slot.serial}); break;
        case SlotState::painted: result.push_back({slot.segment, slot.serial, true}); break;
        case SlotState::flushed: result.push_back({slot.segment, slot.serial, true, true}); break;
        case SlotState::shrinking: result.push_back({kept(slot), slot.serial, true}); break;
      }
    }
  }
  return result;
}

std::uint64_t Log::total(Count what) const {
  std::uint64_t sum = 0;
  for (unsigned t = 0; t < threads_; ++t) sum += thread(t).total(what);
  return sum;
}

void Log::settle() const {
  for (unsigned t = 0; t < threads_; ++t) {
    const ThreadLog log = thread(t);
    log.reset_counts();
    for (std::size_t i = 0; i < ThreadLog::slots; ++i) {
      const Slot slot = log.slot(i);
      if (slot.state == SlotState::freeing) log.set_state(i, SlotState::empty);
      if (slot.state != SlotState::shrinking) continue;
      log.set_segment(i, kept(slot));
      log.set_state(i, SlotState::painted);
    }
  }
  set_phase(Phase::starting);
  set_position(0);
}

}  // namespace rarena::stress
