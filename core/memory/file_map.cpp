#include "file_map.hpp"

#include <sys/mman.h>

#include <limits>

namespace rarena {

std::expected<FileMap, Error> FileMap::map(LockedFile&& file) noexcept {
  constexpr Size largest = std::numeric_limits<Size>::max();
  const std::uint64_t size = file.size();
  if (size < 1) return std::unexpected(Error{.code = ErrorCode::file_too_small, .asked = 1, .there = size});
  if (size > largest) return std::unexpected(Error{.code = ErrorCode::file_too_large, .asked = largest, .there = size});
  auto mapping = Mapping::shared(size, file.handle().number());
  if (!mapping) return std::unexpected(mapping.error());
  return FileMap(std::move(file), std::move(*mapping));
}

std::expected<void, Error> FileMap::flush(Extent range) const noexcept {
  if (range.end() > size()) {
    return std::unexpected(Error{.code = ErrorCode::out_of_range, .asked = range.end(), .there = size(), .at = range.offset});
  }
  const std::size_t first = range.offset & ~(page_size() - 1);
  const int result = uninterrupted([&] { return ::msync(data() + first, range.end() - first, MS_SYNC); });
  if (result == -1) return std::unexpected(system_error(errno));
  return {};
}

}  // namespace rarena
