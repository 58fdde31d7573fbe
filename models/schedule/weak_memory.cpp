#include "weak_memory.hpp"

#include <cstdlib>

namespace rarena::models::schedule {

WeakMemory::WeakMemory() : messages_(capacity) {}

void WeakMemory::reset() {
  next_ = 1;
  spurious_ = 0;
  words_ = {};
  views_ = {};
}

void WeakMemory::initialise(Slot slot, std::uint64_t value) {
  append(0, slot, value, Order::relaxed, 0, nullptr);
  for (View& view : views_) view.at[slot] = messages_[words_[slot].last].number;
}

WeakMemory::Read WeakMemory::load(unsigned thread, Slot slot, Order order, Age age) {
  return take(thread, slot, pick(thread, slot, age), order);
}

void WeakMemory::store(unsigned thread, Slot slot, std::uint64_t value, Order order, Origin origin) {
  append(thread, slot, value, order, origin, nullptr);
}

WeakMemory::Exchange WeakMemory::exchange(unsigned thread, Slot slot, std::uint64_t expected, std::uint64_t value, Order order,
                                          Order failure, Age age, Origin origin) {
  const Message& chosen = pick(thread, slot, age);
  if (chosen.number == 0 || chosen.value != expected) return {.read = take(thread, slot, chosen, failure)};
  const Message& last = messages_[words_[slot].last];
  if (last.value != expected) return {.read = take(thread, slot, last, failure)};
  if (age == Age::spurious && spurious_ < spurious_failures) {
    ++spurious_;
    return {.read = take(thread, slot, last, failure), .spurious = true};
  }
  const Read read = take(thread, slot, last, order);
  append(thread, slot, value, order, origin, &last);
  return {.read = read, .done = true};
}

WeakMemory::Read WeakMemory::fetch_add(unsigned thread, Slot slot, std::uint64_t value, std::uint64_t mask, Order order,
                                       Origin origin) {
  const Message& last = messages_[words_[slot].last];
  const Read read = take(thread, slot, last, order);
  append(thread, slot, (last.value + value) & mask, order, origin, &last);
  return read;
}

WeakMemory::Use WeakMemory::use(unsigned thread) {
  return {static_cast<std::uint16_t>(thread), ++views_[thread].at[slots + thread]};
}

const WeakMemory::Message& WeakMemory::pick(unsigned thread, Slot slot, Age age) const {
  const Message* message = &messages_[words_[slot].last];
  if (age == Age::newest || age == Age::spurious) return *message;
  const unsigned oldest = views_[thread].at[slot];
  const unsigned back = age == Age::oldest ? capacity : static_cast<unsigned>(age);
  for (unsigned i = 0; i < back && message->number > oldest; ++i) message = &messages_[message->previous];
  return *message;
}

WeakMemory::Read WeakMemory::take(unsigned thread, Slot slot, const Message& message, Order order) {
  View& view = views_[thread];
  const unsigned newest = messages_[words_[slot].last].number;
  if (acquires(order)) view.join(message.view);
  if (view.at[slot] < message.number) view.at[slot] = message.number;
  return {.value = message.value,
          .age = static_cast<std::uint16_t>(newest - message.number),
          .written = message.number != 0,
          .synchronizes = acquires(order) && message.view.at[slot] == message.number,
          .origin = message.origin};
}

void WeakMemory::append(unsigned thread, Slot slot, std::uint64_t value, Order order, Origin origin, const Message* continues) {
  if (next_ == capacity) std::abort();  // the scheduler's bounds on steps allow fewer
  Message& message = messages_[next_];
  message.value = value;
  message.previous = words_[slot].last;
  message.number = static_cast<std::uint16_t>(messages_[message.previous].number + 1);
  message.origin = origin;
  views_[thread].at[slot] = message.number;
  message.view = releases(order) ? views_[thread] : View{};
  if (continues) message.view.join(continues->view);
  words_[slot].last = static_cast<std::uint16_t>(next_++);
}

}  // namespace rarena::models::schedule
