#include "arena_allocator.hpp"

#include <algorithm>

#include "../arena/live_segments.hpp"
#include "../arena/registry.hpp"
#include "../handles/whole_pieces.hpp"

namespace rarena::detail {

namespace {

Extent piece_at(const std::byte* memory, const void* bytes, std::size_t size) {
  const auto offset = static_cast<Offset>(static_cast<const std::byte*>(bytes) - memory);
  return {offset, static_cast<Size>(rounded_to_pieces(size))};
}

}  // namespace

std::expected<void*, Error> allocate_in(const std::byte* memory, std::size_t size, std::size_t alignment) {
  const OpenArena arena = Registration::find(memory);
  if (!arena) return std::unexpected(Error{.code = ErrorCode::arena_not_open});
  const auto allocation = arena.allocate(arena.state, rounded_to_pieces(size), std::max(alignment, piece_granule));
  if (!allocation) return std::unexpected(allocation.error());
  keep_the_used(*allocation, [&](Extent bytes) { (void)arena.deallocate(arena.state, bytes); });
  return const_cast<std::byte*>(memory) + allocation->used.offset;
}

void deallocate_in(const std::byte* memory, const void* bytes, std::size_t size) noexcept {
  const OpenArena arena = Registration::find(memory);
  const Extent piece = piece_at(memory, bytes, size);
  const auto freed = arena ? arena.deallocate(arena.state, piece) : std::unexpected(Error{.code = ErrorCode::arena_not_open});
  if (!checked || freed) return;
  if (freed.error().code == ErrorCode::arena_not_open)
    report_misuse("a container has outlived its arena", piece.offset, "end it before, or leave it in the file");
  if (freed.error().code == ErrorCode::not_live || freed.error().code == ErrorCode::out_of_range)
    report_misuse("a container gives back what is not live", piece.offset, "has the arena been cleared or rewound?");
}

Extent extent_in(const std::byte* memory, const void* bytes, std::size_t size) {
  return bytes == nullptr ? Extent{} : piece_at(memory, bytes, size);
}

}  // namespace rarena::detail
