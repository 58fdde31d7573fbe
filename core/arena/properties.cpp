#include "properties.hpp"

#include <bit>

#include "../layout/range.hpp"

namespace rarena {

std::expected<Size, Error> ArenaProperties::offset(const void* pointer) const {
  // As numbers: pointers into different objects have no order.
  const auto at = std::bit_cast<std::uintptr_t>(pointer), begin = std::bit_cast<std::uintptr_t>(data());
  if (at - begin <= capacity()) return static_cast<Size>(at - begin);
  return std::unexpected(Error{.code = ErrorCode::out_of_range, .asked = at, .there = begin + capacity(), .at = at});
}

std::expected<void, Error> ArenaProperties::mlock(std::uint64_t offset, std::uint64_t size) const {
  const auto range = detail::range_inside(0, capacity(), offset, size);
  if (!range) return std::unexpected(range.error());
  return detail::lock_pages(get_pointer(range->offset), range->size);
}

std::expected<void, Error> ArenaProperties::munlock(std::uint64_t offset, std::uint64_t size) const {
  const auto range = detail::range_inside(0, capacity(), offset, size);
  if (!range) return std::unexpected(range.error());
  return detail::unlock_pages(get_pointer(range->offset), range->size);
}

}  // namespace rarena
