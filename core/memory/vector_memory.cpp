#include "vector_memory.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "system.hpp"

namespace rarena::detail {

static_assert(alignof(std::max_align_t) >= least_alignment, "calloc aligns to least_alignment");

std::expected<VectorMemory, Error> VectorMemory::create(Size capacity, Size alignment, Size front) {
  if (capacity == 0) return std::unexpected(Error{.code = ErrorCode::capacity_too_small, .asked = 1, .there = capacity});
  alignment = std::max(alignment, least_alignment);

  // calloc and not an aligned allocation: it knows which pages are zero already. What it may return short of the
  // alignment is added in front, so that the block ends with the memory and a checker of the heap sees an overrun.
  const std::size_t slack = alignment - least_alignment;
  Block block(static_cast<std::byte*>(os::zeroed(slack + front + capacity)));
  if (!block) return std::unexpected(system_error(ENOMEM));

  const auto earliest = std::bit_cast<std::uintptr_t>(block.get()) + front;
  std::byte* const data = block.get() + front + (align_up(earliest, alignment) - earliest);
  return VectorMemory(std::move(block), data, capacity, alignment);
}

void VectorMemory::Free::operator()(std::byte* bytes) const noexcept { std::free(bytes); }

}  // namespace rarena::detail
