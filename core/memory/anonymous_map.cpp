#include "anonymous_map.hpp"

namespace rarena::detail {

std::expected<AnonymousMap, Error> AnonymousMap::create(Size capacity, Size front, Pages pages) noexcept {
  if (capacity == 0) return std::unexpected(Error{.code = ErrorCode::capacity_too_small, .asked = 1, .there = capacity});
  const std::size_t front_pages = align_up(front, page_size());
  auto mapping = Mapping::anonymous(front_pages + capacity, pages);
  if (!mapping) return std::unexpected(mapping.error());
  return AnonymousMap(std::move(*mapping), front_pages, capacity);
}

}  // namespace rarena::detail
