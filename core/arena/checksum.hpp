// Checksums of an arena: of what is allocated in it, and of nothing that is the arena's own. So what an exclusive operation, a
// merge or an opening does to the lists changes no checksum.
//
// Thread safety: nobody else uses the arena. Progress: as the checksumer, O(n log n) for n free segments and descriptors.
// Invariants: none.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../layout/extent.hpp"
#include "../words/ghosts.hpp"

namespace rarena {

/// A checksum at work, as BasicArena::checksum takes it: it is fed bytes, one part after the other, and has a digest of all of
/// them, which does not depend on where a part ends.
template <class C>
concept Checksumer = std::movable<C> && requires(C sum, std::span<const std::byte> bytes) {
  sum.update(bytes);
  sum.digest();
};

namespace detail {

// Discarded bytes have no owner, and sanitizers would report whoever reads them.
template <Checksumer C>
void feed(C& checksumer, std::span<const std::byte> bytes) {
  if constexpr (ghosts::active) {
    std::array<std::byte, 256> copy;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), copy.size()))) {
      const std::span part = bytes.first(std::min(bytes.size(), copy.size()));
      for (std::size_t i = 0; i < part.size(); ++i) copy[i] = ghosts::read(&part[i]);
      checksumer.update(std::span<const std::byte>(copy).first(part.size()));
    }
  } else if (!bytes.empty()) {
    checksumer.update(bytes);
  }
}

// The digest of the bytes from `begin` on that none of the ranges has, which may overlap.
template <Checksumer C>
auto checksum_without(std::vector<Extent> ranges, C checksumer, std::span<const std::byte> memory, Offset begin) {
  std::ranges::sort(ranges, {}, &Extent::offset);
  ranges.push_back({static_cast<Offset>(memory.size()), 0});
  std::uint64_t from = begin;
  for (const Extent range : ranges) {
    const std::uint64_t to = std::min<std::uint64_t>(range.offset, memory.size());
    if (from < to) feed(checksumer, memory.subspan(from, to - from));
    from = std::max(from, range.end());
  }
  return checksumer.digest();
}

}  // namespace detail

}  // namespace rarena
