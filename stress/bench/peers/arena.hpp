// The arena of this repository, in anonymous pages, with any number of threads allowed.
#pragma once

#include <stdexcept>
#include <utility>

#include "bench/peer.hpp"
#include "core/rarena.hpp"

namespace rarena::bench {

template <Freelist kind>
class ArenaPeer {
 public:
  static constexpr std::string_view name = kind == Freelist::optimistic ? "arena, optimistic" : "arena, pessimistic";

  explicit ArenaPeer(std::size_t bytes) : arena_(make(bytes)) {}

  Block allocate(std::size_t size) {
    const auto given = arena_.allocate(size, alignment, Fill::none);
    if (!given) return {};
    // At alignment 1 a segment begins with what was asked for.
    return {arena_.data() + given->segment.offset, given->segment.size};
  }
  void free(const Block& block) { (void)arena_.dealloc(static_cast<std::uint64_t>(block.memory - arena_.data()), block.size); }

 private:
  static constexpr std::uint64_t alignment = 1;

  static Arena make(std::size_t bytes) {
    auto arena = Arena::map_anon({.capacity = bytes, .freelist = kind});
    if (!arena) throw std::runtime_error(arena.error().message());
    return *std::move(arena);
  }

  Arena arena_;
};

static_assert(Peer<ArenaPeer<Freelist::optimistic>>);

}  // namespace rarena::bench
