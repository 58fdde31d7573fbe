// ArenaPosition: where a rewind goes to. Pure.
//
// Thread safety: a value. Invariants: none.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../layout/extent.hpp"

namespace rarena {

/// Where BasicArena::rewind moves the cursor to. Any number of bytes may be asked for: no sum overflows, and what is out of
/// range stays so. Wait-free, O(1).
class ArenaPosition {
 public:
  /// So many bytes from the start of the memory: an offset.
  [[nodiscard]] static constexpr ArenaPosition start(std::uint64_t bytes) { return {From::start, bounded(bytes)}; }
  /// So many bytes back from the end of the memory.
  [[nodiscard]] static constexpr ArenaPosition end(std::uint64_t bytes) { return {From::end, bounded(bytes)}; }
  /// So many bytes from the cursor; a rewind goes down, so none or fewer than none.
  [[nodiscard]] static constexpr ArenaPosition current(std::int64_t bytes) {
    return {From::current, std::clamp(bytes, -farthest, farthest)};
  }

  /// The offset of the position in bytes, which may be out of range.
  [[nodiscard]] constexpr std::int64_t resolve(Size allocated, Size capacity) const {
    if (from_ == From::start) return bytes_;
    return from_ == From::end ? std::int64_t{capacity} - bytes_ : std::int64_t{allocated} + bytes_;
  }

 private:
  enum class From : std::uint8_t { start, end, current };
  // Out of the range of every arena, and small enough that a sum does not overflow.
  static constexpr std::int64_t farthest = std::int64_t{1} << 40U;
  static constexpr std::int64_t bounded(std::uint64_t bytes) {
    return bytes < std::uint64_t{farthest} ? static_cast<std::int64_t>(bytes) : farthest;
  }
  constexpr ArenaPosition(From from, std::int64_t bytes) : from_(from), bytes_(bytes) {}

  From from_;
  std::int64_t bytes_;
};

}  // namespace rarena
