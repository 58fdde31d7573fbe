// Checks of options, and of size and prefix of an existing file, made before anything is created or changed. The lists are
// examined in recovery/structure.hpp; core/FORMAT.md has all checks in their order.
//
// Progress: wait-free. Thread safety: functions of their arguments. Invariants: REC-1 (nothing here writes).
#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>

#include "../layout/error.hpp"
#include "../layout/geometry.hpp"
#include "../layout/range.hpp"
#include "options.hpp"

namespace rarena {

namespace detail {

constexpr std::unexpected<Error> not_possible(ErrorCode code, std::uint64_t asked, std::uint64_t there) {
  return std::unexpected(Error{.code = code, .asked = asked, .there = there});
}

// As asked for; else the usual one where it finds room. A memory without a freelist has none.
constexpr IndexShape planned_index(const Options& options, bool unify) {
  if (options.freelist == Freelist::none) return {};
  if (options.index) return IndexShape::of_bytes(options.capacity, *options.index);
  const auto reserved = static_cast<Size>(options.reserved), capacity = static_cast<Size>(options.capacity);
  const IndexShape usual = IndexShape::usual(capacity);
  return Geometry::of(unify, reserved, capacity, usual).data_offset() < capacity ? usual : IndexShape{};
}

// The geometry that the options describe. Errors: invalid_alignment, size_too_large, wrong_freelist (not a kind),
// capacity_too_small.
[[nodiscard]] constexpr std::expected<Geometry, Error> plan_geometry(const Options& options, bool unify) {
  for (const std::uint64_t size : {options.capacity, options.reserved, options.minimum_segment_size, options.maximum_alignment})
    if (const auto fits = size_of(size); !fits) return std::unexpected(fits.error());
  if (!is_power_of_two(options.maximum_alignment))
    return not_possible(ErrorCode::invalid_alignment, options.maximum_alignment, 0);
  if (options.freelist > Freelist::pessimistic)
    return not_possible(ErrorCode::wrong_freelist, static_cast<std::uint64_t>(Freelist::pessimistic),
                        static_cast<std::uint64_t>(options.freelist));
  if (options.index && *options.index > options.capacity)
    return not_possible(ErrorCode::size_too_large, options.capacity, *options.index);
  const Geometry geometry = Geometry::of(unify, static_cast<Size>(options.reserved), static_cast<Size>(options.capacity),
                                         planned_index(options, unify));
  if (geometry.data_offset() >= options.capacity)
    return not_possible(ErrorCode::capacity_too_small, geometry.data_offset() + 1, options.capacity);
  return geometry;
}

}  // namespace detail

constexpr std::expected<Size, Error> Options::data_offset() const {
  const auto planned = detail::plan_geometry(*this, unify);
  if (!planned) return std::unexpected(planned.error());
  return static_cast<Size>(planned->data_offset());
}

constexpr std::expected<Size, Error> Options::data_offset_unify() const {
  Options unified = *this;
  unified.unify = true;
  return unified.data_offset();
}

namespace detail {

// Whether a file of this size can be an arena. Errors: file_too_small, file_too_large.
[[nodiscard]] std::expected<void, Error> check_size(std::uint64_t size, std::uint64_t reserved);

// Where everything lies in a file with this prefix, but for an index (geometry_of_file has that). Errors: not_an_arena,
// wrong_format_version (neither ours, an earlier one of ours nor the Rust crate's), file_too_small.
[[nodiscard]] std::expected<Geometry, Error> check_prefix(const Prefix& prefix, Size reserved, Size size);

// Whether the prefix is what the options want. Errors: wrong_format_version (an earlier one, to be written to),
// wrong_magic_version, wrong_freelist.
[[nodiscard]] std::expected<void, Error> check_options(const Prefix& prefix, const Options& options, bool writable);

}  // namespace detail

}  // namespace rarena
