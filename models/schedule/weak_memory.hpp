// A weak memory: words whose loads may return old values, as far as the memory model allows.
//
// An operational, view-based form of RC11 without load buffering and without fences, as in ORC11 (Dang, Jourdan, Kaiser and
// Dreyer, "RustBelt Meets Relaxed Memory", POPL 2020) and iGPS (Kaiser, Dang, Dreyer, Lahav and Vafeiadis, "Strong Logic
// for Weak Memory", ECOOP 2017). A word is a list of messages. A thread has a view: which message of each word is the
// oldest that it may still read. A message of a release write carries the view of its writer, and an acquire read takes it
// over. The store has no fences, so a thread needs no second view for acquire fences and no third one for release fences.
//
// Modification order is execution order: a write goes behind all others, so weak outcomes of unordered writes (2+2W) never
// occur. A read-modify-write reads the newest message and continues its release sequence (C++20: nothing but
// read-modify-writes).
//
// A view also counts what each thread did to payload (a vector clock), so happens-before of payload is inclusion in views.
//
// Thread safety: fibers. Invariants: SEG-3 (through `sees`). No allocation after construction.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/words/orders.hpp"
#include "models/scenario/image.hpp"

namespace rarena::models::schedule {

// The input's choice for one access: how old the message is that a load or a failing exchange reads.
enum class Age : std::uint8_t {
  newest = 0,
  // 1 to 6: so many messages back, or the oldest that the thread may read
  oldest = 7,
  spurious = 8,  // a weak exchange that would succeed fails; every other access takes the newest
};

class WeakMemory {
 public:
  using Slot = unsigned;  // a word
  static constexpr Slot slots = 96;
  static constexpr unsigned capacity = 8'192;  // messages of one execution

  // Where a message was written, for guidance: any number.
  using Origin = std::uint16_t;

  struct Read {
    std::uint64_t value = 0;
    std::uint16_t age = 0;      // 0: the newest
    bool written = true;        // false: the thread reads the word as it was before its first write
    bool synchronizes = false;  // with the write that is read
    Origin origin = 0;
  };
  struct Exchange {
    Read read;
    bool done = false;
    bool spurious = false;
  };
  // A thread's use of payload.
  struct Use {
    std::uint16_t thread = 0;
    std::uint16_t number = 0;  // 0: before the threads started
  };

  WeakMemory();

  // No word has been written.
  void reset();
  // Before the threads start: they all know it.
  void initialise(Slot slot, std::uint64_t value);

  Read load(unsigned thread, Slot slot, Order order, Age age);
  void store(unsigned thread, Slot slot, std::uint64_t value, Order order, Origin origin);
  // What is read is not `expected`, or it is done, or it failed spuriously; that at most `spurious_failures` times.
  Exchange exchange(unsigned thread, Slot slot, std::uint64_t expected, std::uint64_t value, Order order, Order failure,
                    Age age, Origin origin);
  // Sums are taken modulo `mask` + 1.
  Read fetch_add(unsigned thread, Slot slot, std::uint64_t value, std::uint64_t mask, Order order, Origin origin);

  // Payload. `use` is what the thread does now; `sees`: what was done happens-before what the thread does next.
  Use use(unsigned thread);
  bool sees(unsigned thread, Use use) const { return views_[thread].at[slots + use.thread] >= use.number; }

  bool written(Slot slot) const { return words_[slot].last != 0; }
  const std::uint64_t& newest(Slot slot) const { return messages_[words_[slot].last].value; }

  static constexpr unsigned spurious_failures = 2;

 private:
  // For each word the number of a message, then for each thread a number of uses.
  struct View {
    std::array<std::uint16_t, slots + maximum_threads> at{};
    void join(const View& other) {
      for (std::size_t i = 0; i < at.size(); ++i) at[i] = at[i] < other.at[i] ? other.at[i] : at[i];
    }
  };
  struct Message {
    std::uint64_t value = 0;
    std::uint16_t number = 0;    // in its word, from 1
    std::uint16_t previous = 0;  // in messages_; 0: none
    Origin origin = 0;
    View view;
  };
  struct Word {
    std::uint16_t last = 0;  // in messages_; 0: none
  };

  static bool acquires(Order order) { return order == Order::acquire || order == Order::acq_rel; }
  static bool releases(Order order) { return order == Order::release || order == Order::acq_rel; }

  const Message& pick(unsigned thread, Slot slot, Age age) const;
  Read take(unsigned thread, Slot slot, const Message& message, Order order);
  // `continues`: the message whose release sequence goes on, or nullptr.
  void append(unsigned thread, Slot slot, std::uint64_t value, Order order, Origin origin, const Message* continues);

  std::vector<Message> messages_;  // [0]: of no word
  unsigned next_ = 1;
  unsigned spurious_ = 0;
  std::array<Word, slots> words_{};
  std::array<View, maximum_threads> views_{};
};

}  // namespace rarena::models::schedule
