// The 8-byte prefix that names the format, directly behind the reserved bytes. Pure functions.
//
//     +0  u8   the null byte, 0        +2  2 bytes  magic "al"               +6  u16  format version = 2
//     +1  u8   freelist kind 0/1/2     +4  u16      magic version (the user's)
//
// All integers are little-endian. Thread safety: values only. Invariants: REC-1 (decoding never writes).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "extent.hpp"

namespace rarena {

/// How freed segments are kept.
enum class Freelist : std::uint8_t {
  none = 0,         ///< not kept: they count as discarded
  optimistic = 1,   ///< descending by size; an allocation takes the head or fails
  pessimistic = 2,  ///< ascending by size; an allocation takes the best fit
};
/// All kinds, in the order of their numbers.
inline constexpr std::array all_freelists = {Freelist::none, Freelist::optimistic, Freelist::pessimistic};

/// The name of a kind.
constexpr std::string_view name(Freelist kind) {
  constexpr std::array<std::string_view, all_freelists.size()> names = {"none", "optimistic", "pessimistic"};
  return names[static_cast<std::size_t>(kind)];
}

namespace detail {

// Bytes of the prefix.
inline constexpr Size prefix_size = 8;
// The two characters that say that it is an arena.
inline constexpr std::array<char, 2> magic = {'a', 'l'};
// The version that is written.
inline constexpr std::uint16_t format_version = 2;
// Files of rarena 0.1: no annex. They are only read.
inline constexpr std::uint16_t format_version_1 = 1;
// Files of the Rust crate rarena-allocator: the same prefix, another header and freelist. They are only read.
inline constexpr std::uint16_t crate_format_version = 0;

// The prefix as values; nothing of it is checked.
struct Prefix {
  // Always 0.
  std::uint8_t null_byte = 0;
  // A number of Freelist.
  std::uint8_t freelist = 0;
  // As above.
  std::array<char, 2> magic = rarena::detail::magic;
  // The version of what the user keeps: Options::magic_version.
  std::uint16_t magic_version = 0;
  // The version of the format.
  std::uint16_t format_version = rarena::detail::format_version;

  // Whether all values are the same.
  friend constexpr bool operator==(const Prefix&, const Prefix&) = default;
};

// The bytes of a prefix.
constexpr std::array<std::byte, prefix_size> encode(const Prefix& p) {
  const auto low = [](unsigned v) { return static_cast<std::byte>(v & 0xff); };
  const auto character = [](char c) { return static_cast<std::byte>(static_cast<unsigned char>(c)); };
  return {low(p.null_byte),      low(p.freelist),
          character(p.magic[0]), character(p.magic[1]),
          low(p.magic_version),  low(p.magic_version >> 8U),
          low(p.format_version), low(p.format_version >> 8U)};
}

// The values of any eight bytes.
constexpr Prefix decode_prefix(std::span<const std::byte, prefix_size> bytes) {
  const auto u8 = [&](std::size_t i) { return std::to_integer<std::uint8_t>(bytes[i]); };
  const auto u16 = [&](std::size_t i) { return static_cast<std::uint16_t>(u8(i) | u8(i + 1) << 8U); };
  return {u8(0), u8(1), {static_cast<char>(u8(2)), static_cast<char>(u8(3))}, u16(4), u16(6)};
}

}  // namespace detail

}  // namespace rarena
