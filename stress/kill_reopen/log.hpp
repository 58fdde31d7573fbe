// The log: what a child has durably done, in memory that it shares with its parent and that outlives it.
//
// Each thread has a table of slots, one per segment that it owns, and counters. A slot says where its segment is and, in its
// state, how far it has come:
//
//     empty -> owned -> painted -> flushed      after allocate, after painting, after a flush that covers the painted bytes
//     painted, flushed -> shrinking -> painted  before and behind a dealloc of the part `giving`
//     any -> freeing -> empty                   before and behind the dealloc of all of it
//
// The state is written last, so a kill anywhere leaves a slot as it was before or after. What is certain when the process is
// dead: an owned, painted, flushed segment is live, of a shrinking one all but `giving`. Of freeing bytes nothing is known.
//
// Thread safety: one thread per ThreadLog, and any number that read. Words are stored as the writes of a plan are (plan_link):
// a killed process leaves a prefix of them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/layout/geometry.hpp"
#include "core/words/atomic_store.hpp"

namespace rarena::stress {

// The exit status of a child that saw a violation.
inline constexpr int complained = 97;

// How far the child has come. Only an opening that waits between its writes says when it begins to write. Working is what its
// role is there for, from the beginning to the end of the one step or of all of them.
enum class Phase : std::uint8_t { starting, opening, writing, working, finished, closing, closed };

inline constexpr std::size_t phases = 7;

enum class SlotState : std::uint8_t { empty, owned, painted, flushed, freeing, shrinking };

enum class Count : std::uint8_t { allocations, refusals, frees, shrinks, flushes, discards, count };

inline constexpr std::size_t counts = static_cast<std::size_t>(Count::count);

constexpr const char* name(Phase phase) {
  constexpr std::array<const char*, phases> names = {"starting", "opening", "writing", "working",
                                                     "finished", "closing", "closed"};
  return names[static_cast<std::size_t>(phase)];
}

struct Slot {
  SlotState state = SlotState::empty;
  Extent segment;
  std::uint64_t serial = 0;
  Extent giving;  // the part that is being given up, if it is shrinking
};

// A segment that is certainly live.
struct LiveSegment {
  Extent segment;
  std::uint64_t serial = 0;
  bool painted = false;
  bool flushed = false;
};

// Words of 64 bits from the start of some memory.
class LogWords {
 public:
  LogWords(std::byte* memory, std::size_t first) : store_(memory), first_(static_cast<detail::Place>(first)) {}

  std::uint64_t read(std::size_t index) const { return store_.load(word(index), detail::Site::walk_link); }
  void write(std::size_t index, std::uint64_t value) const { store_.store(word(index), value, detail::Site::plan_link); }

 private:
  detail::Word<std::uint64_t> word(std::size_t index) const {
    return {(first_ + static_cast<detail::Place>(index)) * detail::Place{8}};
  }

  AtomicStore store_;
  detail::Place first_;
};

class ThreadLog {
 public:
  static constexpr std::size_t slots = 48;
  static constexpr std::size_t slot_words = 4;
  static constexpr std::size_t words = counts + slots * slot_words;

  explicit ThreadLog(LogWords words_of_thread) : words_(words_of_thread) {}

  Slot slot(std::size_t index) const {
    const std::size_t at = counts + index * slot_words;
    return {static_cast<SlotState>(words_.read(at)), detail::decode_extent(words_.read(at + 1)), words_.read(at + 2),
            detail::decode_extent(words_.read(at + 3))};
  }
  void own(std::size_t index, Extent segment, std::uint64_t serial) const {
    set_segment(index, segment);
    words_.write(counts + index * slot_words + 2, serial);
    set_state(index, SlotState::owned);
  }
  void begin_shrinking(std::size_t index, Extent part) const {
    words_.write(counts + index * slot_words + 3, detail::encode(part));
    set_state(index, SlotState::shrinking);
  }
  void set_segment(std::size_t index, Extent segment) const {
    words_.write(counts + index * slot_words + 1, detail::encode(segment));
  }
  void set_state(std::size_t index, SlotState state) const {
    words_.write(counts + index * slot_words, static_cast<std::uint64_t>(state));
  }

  void count(Count what) const { words_.write(static_cast<std::size_t>(what), total(what) + 1); }
  std::uint64_t total(Count what) const { return words_.read(static_cast<std::size_t>(what)); }
  void reset_counts() const {
    for (std::size_t i = 0; i < counts; ++i) words_.write(i, 0);
  }

 private:
  LogWords words_;
};

// The whole log, in memory of at least size(threads) bytes that is aligned to 8 and zero when it is new.
class Log {
 public:
  static constexpr std::size_t text_words = 32;
  static constexpr std::size_t size(unsigned threads) { return (header_words + threads * ThreadLog::words) * 8; }

  Log(std::byte* memory, unsigned threads) : memory_(memory), header_(memory, 0), threads_(threads) {}

  unsigned threads() const { return threads_; }
  std::span<const std::byte> bytes() const { return {memory_, size(threads_)}; }
  ThreadLog thread(unsigned index) const { return ThreadLog(LogWords(memory_, header_words + index * ThreadLog::words)); }

  Phase phase() const { return static_cast<Phase>(header_.read(0)); }
  void set_phase(Phase phase) const { header_.write(0, static_cast<std::uint64_t>(phase)); }

  // Where a rewind of this child goes to, or what a truncate of it makes of the capacity.
  Offset position() const { return static_cast<Offset>(header_.read(1)); }
  void set_position(Offset position) const { header_.write(1, position); }

  // What a child saw that must not be; empty if nothing. The first word of it is the ID of an invariant.
  void complain(const std::string& text) const;
  std::string complaint() const;

  std::vector<LiveSegment> live() const;
  std::uint64_t total(Count what) const;

  // Before the next child: what is not certainly live is forgotten, and the header and the counters are as new.
  void settle() const;

 private:
  static constexpr std::size_t header_words = 3 + text_words;

  std::byte* memory_;
  LogWords header_;
  unsigned threads_;
};

// A log whose process is dead.
class LogCopy {
 public:
  LogCopy(std::span<const std::byte> bytes, unsigned threads) : words_(bytes.size() / 8), threads_(threads) {
    std::memcpy(words_.data(), bytes.data(), words_.size() * 8);
  }
  explicit LogCopy(const Log& log) : LogCopy(log.bytes(), log.threads()) {}

  // Reads only: the words of a Log are written by its functions that say so.
  Log log() const { return {reinterpret_cast<std::byte*>(words_.data()), threads_}; }

 private:
  mutable std::vector<std::uint64_t> words_;
  unsigned threads_;
};

}  // namespace rarena::stress
