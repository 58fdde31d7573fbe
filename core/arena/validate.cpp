#include "validate.hpp"

#include <cstddef>
#include <limits>

namespace rarena::detail {

namespace {

std::unexpected<Error> reject(ErrorCode code, std::uint64_t asked, std::uint64_t there, std::uint64_t at = 0) {
  return std::unexpected(Error{.code = code, .asked = asked, .there = there, .at = at});
}

constexpr std::uint64_t largest_size = std::numeric_limits<Size>::max();

}  // namespace

std::expected<void, Error> check_size(std::uint64_t size, std::uint64_t reserved) {
  if (reserved > largest_size) return reject(ErrorCode::size_too_large, largest_size, reserved);
  // The header of the Rust crate is the shortest one; which one it is, the prefix says.
  if (size <= Geometry::crate(static_cast<Size>(reserved), 0).data_offset())
    return reject(ErrorCode::file_too_small, Geometry::unified(static_cast<Size>(reserved), 0).data_offset() + 1, size);
  if (size > largest_size) return reject(ErrorCode::file_too_large, largest_size, size);
  return {};
}

std::expected<Geometry, Error> check_prefix(const Prefix& prefix, Size reserved, Size size) {
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

std::expected<void, Error> check_options(const Prefix& prefix, const Options& options, bool writable) {
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

}  // namespace rarena::detail
