// Snapshot: the bytes of a scenario's file, as far as recovery reads them: prefix, header, annex, and the words of the lists
// and of the index. And the memory of a file that is being written: which write of each word is the newest, and a hash that
// follows.
//
// Hints are what a crash may leave of them: anything. No execution has them, and no recovery reads them.
//
// Snapshots are told apart by 128 bits of hash (of places and values, combined by exclusive or: Zobrist, 1970).
// Thread safety: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/layout/seal.hpp"
#include "core/recovery/view.hpp"
#include "history.hpp"

namespace rarena::models::crash {

inline constexpr std::size_t largest_memory = most_bytes;  // of a file

struct alignas(16) Bytes {
  std::array<std::byte, largest_memory> data{};

  friend bool operator==(const Bytes&, const Bytes&) = default;
};

struct Fingerprint {
  std::uint64_t high = 0, low = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
  Fingerprint& operator^=(const Fingerprint& other) {
    high ^= other.high;
    low ^= other.low;
    return *this;
  }
  struct Hash {
    std::size_t operator()(const Fingerprint& f) const { return f.low; }
  };
};

// Of a value under a number that says which one it is.
constexpr Fingerprint fingerprint(std::uint64_t which, std::uint64_t value);

// The machine's n-th boot. The file stays the same.
inline FileIdentity boot(unsigned n) { return {.boot = {static_cast<std::byte>(n)}, .device = 1, .inode = 2, .birth = 3}; }

// In a witness cell: it stands for the process that has the file open.
inline constexpr std::uint32_t living_thread = 7;

// Whether the word there has 64 bits.
inline bool is_wide(const Geometry& g, Place place) {
  if (place >= static_cast<Place>(g.root(0)) || place == shared_chunk.place) return true;
  if (g.has_index() && place >= g.index()) return place < g.segments().place;
  return place == g.free_head().place || place == g.spare_head().place || place == g.generation().place;
}

// The file of a scenario as it starts, opened once before: it is open.
Bytes open_file_of(const Image& image, const FileIdentity& identity);
// As it was when it had been closed. The tags of links may be others than in the image, of which recovery makes nothing.
Bytes closed_file_of(const Image& image);

// What the system does when the process that has opened the file as this generation dies.
void note_death(Bytes& file, const Geometry& g, std::uint64_t generation);
// When the one that opened it last does.
void note_death(Bytes& file, const Geometry& g);

void put_word(Bytes& bytes, const Geometry& g, Place place, std::uint64_t value);
std::uint64_t word_at(const Bytes& bytes, const Geometry& g, Place place);

// What the threads have written so far, newest first. A step is a mark; steps are taken back in their opposite order.
class Snapshot {
 public:
  Snapshot(const Bytes& start, const Geometry& geometry) : geometry_(geometry), bytes_(start) {}

  void take(const Mark& mark, unsigned) {
    const auto word = static_cast<std::size_t>(mark.place) / 4;
    trail_.push_back({.place = mark.place, .order = orders_[word]});
    if (!mark.is_write() || mark.order < orders_[word]) return;
    trail_.back().value = word_at(bytes_, geometry_, mark.place);
    trail_.back().changed = true;
    set(mark.place, mark.value);
    orders_[word] = mark.order;
  }
  void drop(std::size_t count) {
    for (; count > 0; --count) {
      const Step step = trail_.back();
      trail_.pop_back();
      if (!step.changed) continue;
      set(step.place, step.value);
      orders_[static_cast<std::size_t>(step.place) / 4] = step.order;
    }
  }

  const Bytes& bytes() const { return bytes_; }
  // Of what differs from the start; the start itself has none.
  const Fingerprint& print() const { return print_; }

 private:
  struct Step {
    Place place;
    std::uint16_t order;
    std::uint64_t value = 0;
    bool changed = false;
  };
  void set(Place place, std::uint64_t value) {
    const auto which = static_cast<std::uint64_t>(place);
    print_ ^= fingerprint(which, word_at(bytes_, geometry_, place));
    print_ ^= fingerprint(which, value);
    put_word(bytes_, geometry_, place, value);
  }

  Geometry geometry_;
  Bytes bytes_;
  Fingerprint print_;
  std::array<std::uint16_t, largest_memory / 4> orders_{};
  std::vector<Step> trail_;
};

// The finalizer of SplitMix64 (Steele, Lea, Flood, 2014), twice.
constexpr Fingerprint fingerprint(std::uint64_t which, std::uint64_t value) {
  const auto mix = [](std::uint64_t z) {
    z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27U) * 0x94d049bb133111ebU;
    return z ^ z >> 31U;
  };
  const std::uint64_t once = mix(value ^ mix(which + 0x9e3779b97f4a7c15U));
  return {mix(once ^ which), mix(once + 0xd1342543de82ef95U)};
}

}  // namespace rarena::models::crash
