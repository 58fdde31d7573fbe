// Untouched: from where on a memory still holds the zeros that it was made with, so that nobody writes them again.
//
// Who gives bytes up says so before. So who owns bytes from there on finds zeros: an earlier owner would have said so, and
// what it did before it gave them up happens-before what the next one does (SEG-3).
//
// Progress: lock-free; most calls are one load. Thread safety: any number of threads. Invariants: none of its own; a value that
// is too large costs time only.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "../layout/extent.hpp"

namespace rarena::detail {

class Untouched {
 public:
  // A page: less than that is written sooner than looked up.
  static constexpr Size worth = 4096;

  // Nobody is using the memory, and only what is below was written. Before it, anything may have been.
  void start(std::uint64_t from) { from_.store(narrow(from), std::memory_order_relaxed); }

  Offset from() const { return from_.load(std::memory_order_relaxed); }

  // The bytes are going to be given up, and may have been written.
  [[gnu::always_inline]] void give_up(Extent bytes) {
    const Offset known = from();
    if (bytes.end() > known) [[unlikely]]
      raise(known, bytes.size < worth ? bytes.end() + ahead : bytes.end());
  }

 private:
  // Who gives up a little says it of more, so that few have to.
  static constexpr std::uint64_t ahead = 64 * 1024;

  static Offset narrow(std::uint64_t place) {
    return static_cast<Offset>(std::min<std::uint64_t>(place, std::numeric_limits<Offset>::max()));
  }
  [[gnu::noinline]] void raise(Offset known, std::uint64_t end) {
    while (known < narrow(end) && !from_.compare_exchange_weak(known, narrow(end), std::memory_order_relaxed)) continue;
  }

  std::atomic<Offset> from_{std::numeric_limits<Offset>::max()};
};

}  // namespace rarena::detail
