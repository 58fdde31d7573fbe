// Checks of options, and of size and prefix of an existing file, made before anything is created or changed. The lists are
// examined in recovery/structure.hpp; core/FORMAT.md has all checks in their order.
//
// Progress: wait-free. Thread safety: functions of their arguments. Invariants: REC-1 (nothing here writes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>

#include "../layout/error.hpp"
#include "../layout/geometry.hpp"
#include "options.hpp"

namespace rarena {

// The geometry that the options describe. Errors: invalid_alignment, size_too_large, wrong_freelist (not a kind),
// capacity_too_small.
constexpr std::expected<Geometry, Error> plan_geometry(const Options& options, bool unify);

// Whether a file of this size can be an arena. Errors: file_too_small, file_too_large.
constexpr std::expected<void, Error> check_size(std::uint64_t size, std::uint64_t reserved);

// Where everything lies in a file with this prefix. Errors: not_an_arena, wrong_format_version (neither ours, an earlier one
// of ours nor the Rust crate's), file_too_small.
constexpr std::expected<Geometry, Error> check_prefix(const Prefix& prefix, Size reserved, Size size);

// Whether the prefix is what the options want. Errors: wrong_format_version (an earlier one, to be written to),
// wrong_magic_version, wrong_freelist.
constexpr std::expected<void, Error> check_options(const Prefix& prefix, const Options& options, bool writable);

namespace validation {

constexpr std::unexpected<Error> reject(ErrorCode code, std::uint64_t asked, std::uint64_t there, std::uint64_t at = 0) {
  return std::unexpected(Error{.code = code, .asked = asked, .there = there, .at = at});
}

inline constexpr std::uint64_t largest_size = std::numeric_limits<Size>::max();

constexpr std::expected<void, Error> check_sizes(const Options& options) {
  for (const std::uint64_t size : {options.capacity, options.reserved, options.minimum_segment_size, options.maximum_alignment})
    if (size > largest_size) return reject(ErrorCode::size_too_large, largest_size, size);
  return {};
}

}  // namespace validation

constexpr std::expected<Geometry, Error> plan_geometry(const Options& options, bool unify) {
  using validation::reject;
  if (const auto fit = validation::check_sizes(options); !fit) return std::unexpected(fit.error());
  if (!is_power_of_two(options.maximum_alignment)) return reject(ErrorCode::invalid_alignment, options.maximum_alignment, 0);
  if (options.freelist > Freelist::pessimistic)
    return reject(ErrorCode::wrong_freelist, static_cast<std::uint64_t>(Freelist::pessimistic),
                  static_cast<std::uint64_t>(options.freelist));
  const Geometry geometry = Geometry::of(unify, static_cast<Size>(options.reserved), static_cast<Size>(options.capacity));
  if (geometry.data_offset() >= options.capacity)
    return reject(ErrorCode::capacity_too_small, geometry.data_offset() + 1, options.capacity);
  return geometry;
}

constexpr std::expected<void, Error> check_size(std::uint64_t size, std::uint64_t reserved) {
  using validation::largest_size;
  using validation::reject;
  if (reserved > largest_size) return reject(ErrorCode::size_too_large, largest_size, reserved);
  // The header of the Rust crate is the shortest one; which one it is, the prefix says.
  if (size <= Geometry::crate(static_cast<Size>(reserved), 0).data_offset())
    return reject(ErrorCode::file_too_small, Geometry::unified(static_cast<Size>(reserved), 0).data_offset() + 1, size);
  if (size > largest_size) return reject(ErrorCode::file_too_large, largest_size, size);
  return {};
}

constexpr std::expected<Geometry, Error> check_prefix(const Prefix& prefix, Size reserved, Size size) {
  using validation::reject;
  const auto as_number = [](char c) { return std::uint64_t{static_cast<unsigned char>(c)}; };
  const std::uint64_t at = reserved;
  if (prefix.null_byte != 0) return reject(ErrorCode::not_an_arena, 0, prefix.null_byte, at);
  for (std::size_t i = 0; i < magic.size(); ++i)
    if (prefix.magic[i] != magic[i])
      return reject(ErrorCode::not_an_arena, as_number(magic[i]), as_number(prefix.magic[i]), at + 2 + i);
  if (prefix.format_version == crate_format_version) return Geometry::crate(reserved, size);
  if (prefix.format_version != format_version && prefix.format_version != format_version_1)
    return reject(ErrorCode::wrong_format_version, format_version, prefix.format_version);
  const Geometry geometry =
      prefix.format_version == format_version ? Geometry::unified(reserved, size) : Geometry::version_1(reserved, size);
  if (size <= geometry.data_offset()) return reject(ErrorCode::file_too_small, geometry.data_offset() + 1, size);
  return geometry;
}

constexpr std::expected<void, Error> check_options(const Prefix& prefix, const Options& options, bool writable) {
  using validation::reject;
  if (writable && prefix.format_version != format_version)
    return reject(ErrorCode::wrong_format_version, format_version, prefix.format_version);
  if (prefix.magic_version != options.magic_version)
    return reject(ErrorCode::wrong_magic_version, options.magic_version, prefix.magic_version);
  const auto kind = static_cast<std::uint8_t>(options.freelist);
  if (options.freelist > Freelist::pessimistic)
    return reject(ErrorCode::wrong_freelist, static_cast<std::uint64_t>(Freelist::pessimistic), kind);
  if (prefix.freelist != kind) return reject(ErrorCode::wrong_freelist, kind, prefix.freelist);
  return {};
}

}  // namespace rarena
