#include "index_region.hpp"

#include <cstddef>

namespace rarena::detail {

namespace {

std::unexpected<Error> bad_header(std::uint64_t expected, std::uint64_t found, std::uint64_t at) {
  return std::unexpected(Error{.code = ErrorCode::bad_header, .asked = expected, .there = found, .at = at});
}

// The first field of a shape that cannot be, in a head at byte `at`.
std::expected<void, Error> check_shape(const IndexShape& shape, std::uint64_t at) {
  constexpr std::uint32_t size_bits = 32;
  if (shape.window_shift >= size_bits)
    return bad_header(size_bits - 1, shape.window_shift, at + offsetof(IndexHead, window_shift));
  if (shape.first > size_bits) return bad_header(size_bits, shape.first, at + offsetof(IndexHead, first));
  if (shape.roots > size_bits - shape.first)
    return bad_header(size_bits - shape.first, shape.roots, at + offsetof(IndexHead, roots));
  if (!shape.possible()) return bad_header(0, shape.tables, at + offsetof(IndexHead, tables));
  return {};
}

}  // namespace

std::expected<Geometry, Error> geometry_of_file(const MemoryView& view) {
  const Geometry& without = view.geometry();
  if (!without.has_annex()) return without;
  const std::uint64_t annex = static_cast<std::uint64_t>(without.annex()), head = without.data_offset();
  const Size size = view.annex().size;
  if (size == annex_size) return without;
  if (size < annex_size + index_head_size) return bad_header(annex_size, size, annex);
  if (annex + size >= without.capacity()) return bad_header(without.capacity() - annex - 1, size, annex);

  const IndexShape shape = IndexShape::recorded(view.at<IndexHead>(static_cast<Place>(head)));
  if (const auto good = check_shape(shape, head); !good) return std::unexpected(good.error());
  if (annex_size + shape.bytes() != size) return bad_header(annex_size + shape.bytes(), size, annex);
  return Geometry::unified(without.reserved(), without.capacity(), shape);
}

Geometry recorded_geometry(std::span<const std::byte> file, std::uint64_t reserved) {
  const Geometry without = Geometry::unified(static_cast<Size>(reserved), static_cast<Size>(file.size()));
  if (file.size() < without.data_offset()) return without;
  return geometry_of_file({file.data(), without}).value_or(without);
}

IndexHead head_of(const IndexShape& shape) {
  IndexHead head{};
  head.window_shift = shape.window_shift;
  head.windows = shape.windows;
  head.first = shape.first;
  head.roots = shape.roots;
  head.tables = shape.tables;
  return head;
}

Roots::Roots(const Geometry& geometry, Freelist kind)
    : geometry_(geometry), count_(kind == Freelist::none ? 0 : geometry.index_shape().roots),
      ascending_(kind == Freelist::pessimistic) {}

Offset Roots::descriptor(std::uint32_t nth) const { return geometry_.root(number(nth)); }

Size Roots::key(std::uint32_t nth) const {
  const std::uint64_t low = std::uint64_t{1} << (geometry_.index_shape().first + number(nth));
  return static_cast<Size>(ascending_ ? low : 2 * low - 1);
}

ListHints::ListHints(const Geometry& geometry, const Structure& structure) : ListHints(geometry) {
  for (const ListedSegment& segment : structure.free) add(segment.extent);
}

}  // namespace rarena::detail
