// Changes of an input that make sense for a schedule: other decisions, decisions more or fewer, and another future behind a
// kept past. Decisions are drawn as models/schedule/random_bytes.hpp draws them.
//
// Thread safety: one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/oracle/random.hpp"
#include "models/schedule/random_bytes.hpp"

namespace rarena::fuzz {

// How many bytes of an input its execution used. What lies behind them changes nothing, so the mutator drops it first.
class UsedBytes {
 public:
  void remember(std::span<const std::uint8_t> input, std::size_t used) {
    const std::uint64_t hash = hash_of(input);
    entries_[hash % entries_.size()] = {hash, used};
  }
  // Of an input that is not remembered: all.
  std::size_t of(std::span<const std::uint8_t> input) const {
    const std::uint64_t hash = hash_of(input);
    const Entry& entry = entries_[hash % entries_.size()];
    return entry.hash == hash ? std::min(entry.used, input.size()) : input.size();
  }

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::size_t used = 0;
  };
  // FNV-1a.
  static std::uint64_t hash_of(std::span<const std::uint8_t> input) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const std::uint8_t byte : input) hash = (hash ^ byte) * 0x100000001b3U;
    return hash;
  }

  std::array<Entry, 1U << 14U> entries_{};
};

// Changes the first `size` bytes of `buffer`; returns how many the changed input has.
inline std::size_t mutate(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t seed) {
  oracle::Random random(seed);
  models::schedule::RandomDecisions decisions(random.next());
  const auto begin = buffer.begin();
  const std::size_t at = random.below(size + 1), many = 1 + random.below(8);
  const auto offset = [](std::size_t n) { return static_cast<std::ptrdiff_t>(n); };
  switch (random.below(4)) {
    case 0:  // another future
      for (size = at; size < buffer.size(); ++size) buffer[size] = decisions.next();
      return size;
    case 1: {  // more decisions
      const std::size_t added = std::min(many, buffer.size() - size);
      std::copy_backward(begin + offset(at), begin + offset(size), begin + offset(size + added));
      for (std::size_t i = at; i < at + added; ++i) buffer[i] = random.below(2) == 0 ? 0 : decisions.next();
      return size + added;
    }
    case 2: {  // fewer
      const std::size_t removed = std::min(many, size - at);
      std::copy(begin + offset(at + removed), begin + offset(size), begin + offset(at));
      return size - removed;
    }
    default:  // others
      for (std::size_t i = 0; i < many && size != 0; ++i) buffer[random.below(size)] = decisions.next();
      return size;
  }
}

}  // namespace rarena::fuzz
