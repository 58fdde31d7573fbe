#include "read_only_state.hpp"

#include <utility>

#include "../layout/range.hpp"

namespace rarena::detail {

ReadOnlyState::ReadOnlyState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept
    : ArenaState(std::move(opened), options, std::move(path)), structure_(*std::move(opened.structure)) {
  if (shared()) roots_.share(memory_.file()->handle());
}

std::vector<Extent> ReadOnlyState::free_segments() const {
  std::vector<Extent> segments;
  segments.reserve(structure_.free.size());
  for (const ListedSegment& segment : structure_.free) segments.push_back(segment.extent);
  return segments;
}

std::vector<Extent> ReadOnlyState::listed() const {
  std::vector<Extent> ranges = free_segments();
  for (const ListedSegment& segment : structure_.free) ranges.push_back({segment.descriptor, structure_.descriptor_size});
  for (const Offset descriptor : structure_.spare) ranges.push_back({descriptor, structure_.descriptor_size});
  return ranges;
}

std::expected<Extent, Error> ReadOnlyState::check_allocated(std::uint64_t offset, std::uint64_t size) const {
  return allocated_range(geometry_, allocated(), offset, size);
}

std::expected<Offset, Error> ReadOnlyState::find_root(std::string_view name, const TypeTag& type) const {
  return roots_.ask([&]() -> std::expected<Offset, Error> {
    const auto found = rarena::detail::find_root(view(), allocated(), name, type);
    if (!found) return std::unexpected(found.error());
    return found->head.object;
  });
}

std::expected<void, Error> ReadOnlyState::flush(std::uint64_t offset, std::uint64_t size) const {
  if (const auto range = range_inside(0, allocated(), offset, size); !range) return std::unexpected(range.error());
  return {};
}

}  // namespace rarena::detail
