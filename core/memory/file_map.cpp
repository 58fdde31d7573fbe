#include "file_map.hpp"

#include <limits>

#include "system.hpp"

namespace rarena::detail {

std::expected<FileMap, Error> FileMap::map(LockedFile&& file, FileAccess access, bool populate) noexcept {
  constexpr Size largest = std::numeric_limits<Size>::max();
  const std::uint64_t size = file.size();
  if (size < 1) return std::unexpected(Error{.code = ErrorCode::file_too_small, .asked = 1, .there = size});
  if (size > largest) return std::unexpected(Error{.code = ErrorCode::file_too_large, .asked = largest, .there = size});
  auto mapping = Mapping::file(size, file.handle().number(), access, populate);
  if (!mapping) return std::unexpected(mapping.error());
  return FileMap(std::move(file), std::move(*mapping), access, populate);
}

std::expected<void, Error> FileMap::allow_writing() noexcept { return mapping_.allow_writing(); }

std::expected<Mapping, Error> FileMap::resize(Size size) noexcept {
  if (size == 0) return std::unexpected(Error{.code = ErrorCode::file_too_small, .asked = 1, .there = size});
  const Size before = this->size();
  if (size > before) {  // the file first: a map must not reach past its end
    if (const auto grown = file_.resize(size); !grown) return std::unexpected(grown.error());
  }
  auto mapping = map_again(size);
  if (!mapping) {
    if (size > before) static_cast<void>(file_.resize(before));  // should that fail, the map leaves the rest alone
    return std::unexpected(mapping.error());
  }
  if (size < before) {  // the file last: it is the step that cannot be undone
    if (const auto shrunk = file_.resize(size); !shrunk) return std::unexpected(shrunk.error());
  }
  return std::exchange(mapping_, std::move(*mapping));
}

std::expected<Mapping, Error> FileMap::map_again(Size size) const noexcept {
  auto mapping = Mapping::file(size, file_.handle().number(), access_, populate_);
  if (!mapping || !mapping_.writable()) return mapping;
  if (const auto allowed = mapping->allow_writing(); !allowed) return std::unexpected(allowed.error());
  if (locked_.empty()) return mapping;
  if (const auto locked = lock_pages(mapping->address() + locked_.offset, locked_.size); !locked)
    return std::unexpected(locked.error());
  return mapping;
}

std::expected<void, Error> FileMap::keep_locked(Extent range) noexcept {
  const auto locked = lock_pages(data() + range.offset, range.size);
  if (locked) locked_ = range;
  return locked;
}

std::expected<void, Error> FileMap::flush(Extent range) const noexcept {
  if (access_ != FileAccess::read_write) return {};
  if (range.end() > size()) {
    return std::unexpected(Error{.code = ErrorCode::out_of_range, .asked = range.end(), .there = size(), .at = range.offset});
  }
  const std::size_t first = range.offset & ~(page_size() - 1);
  const int result = uninterrupted([&] { return os::synchronize_map(data() + first, range.end() - first); });
  if (result == -1) return std::unexpected(system_error(errno));
  return {};
}

}  // namespace rarena::detail
