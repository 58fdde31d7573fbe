// Varints: integers in as few bytes as they need. Pure functions.
//
// Seven bits in each byte, the lowest first; the top bit says that more bytes follow. A number with a sign is first put in
// zig-zag order: 0, -1, 1, -2, ... become 0, 1, 2, 3, ..., so that small ones are short whatever their sign. Source: LEB128 of
// DWARF, and the varints and zig-zag order of Protocol Buffers; the crate writes these very bytes, for each type.
//
// Each number has one encoding, the shortest. What is read may be hostile: bytes that end too early, that do not fit the type,
// or that a shorter encoding would do for, are errors.
//
// Thread safety: functions of their arguments; the bytes of a span are the caller's, who lets nobody write to them meanwhile.
// Progress: wait-free, O(size of the type), whatever the bytes are. No exceptions, no allocation. Invariants: none.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "../layout/error.hpp"
#include "integer.hpp"

namespace rarena {

namespace detail {

inline constexpr unsigned varint_bits = 7;  // of each byte
inline constexpr unsigned varint_more = 1U << varint_bits;

template <Integer T>
inline constexpr bool is_signed = std::same_as<T, Int128> || std::signed_integral<T>;

}  // namespace detail

/// The most bytes that a number of this type takes: 2, 3, 5, 10 and 19 for 8, 16, 32, 64 and 128 bits.
template <Integer T>
inline constexpr std::size_t max_varint_size = (8 * sizeof(T) + detail::varint_bits - 1) / detail::varint_bits;

/// A number that was read, and the bytes that it took.
template <Integer T>
struct Varint {
  T value{};             ///< The number.
  std::size_t size = 0;  ///< How many bytes it took.

  /// Whether both are the same.
  friend constexpr bool operator==(const Varint&, const Varint&) = default;
};

/// The place of a number in the zig-zag order; of one without a sign, the number itself.
template <Integer T>
[[nodiscard]] constexpr Unsigned<T> to_zigzag(T value) {
  if constexpr (detail::is_signed<T>) {
    const auto doubled = static_cast<Unsigned<T>>(static_cast<Unsigned<T>>(value) << 1);
    return value < 0 ? static_cast<Unsigned<T>>(~doubled) : doubled;
  } else {
    return static_cast<Unsigned<T>>(value);
  }
}

/// The number at this place of the zig-zag order: the inverse of to_zigzag.
template <Integer T>
[[nodiscard]] constexpr T from_zigzag(Unsigned<T> place) {
  if constexpr (detail::is_signed<T>) {
    const auto half = static_cast<Unsigned<T>>(place >> 1);
    return static_cast<T>((place & 1) != 0 ? static_cast<Unsigned<T>>(~half) : half);
  } else {
    return static_cast<T>(place);
  }
}

/// How many bytes a number takes: 1 to max_varint_size.
template <Integer T>
[[nodiscard]] constexpr std::size_t varint_size(T value) {
  std::size_t size = 1;
  for (auto rest = to_zigzag(value); rest >= detail::varint_more; ++size)
    rest = static_cast<Unsigned<T>>(rest >> detail::varint_bits);
  return size;
}

/// Writes a number at a position, in bytes from the start of the span. Returns how many bytes it took. Error: out_of_range, and
/// then nothing is written.
template <Integer T>
[[nodiscard]] constexpr std::expected<std::size_t, Error> store_varint(std::span<std::byte> bytes, std::uint64_t position,
                                                                       T value) {
  const std::size_t size = varint_size(value);
  if (const auto inside = detail::check_inside(bytes.size(), position, size); !inside) return std::unexpected(inside.error());
  auto rest = to_zigzag(value);
  std::byte* const at = bytes.data() + position;
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned more = i + 1 < size ? detail::varint_more : 0;
    at[i] = static_cast<std::byte>((static_cast<unsigned>(rest) & (detail::varint_more - 1)) | more);
    rest = static_cast<Unsigned<T>>(rest >> detail::varint_bits);
  }
  return size;
}

/// Reads a number at a position, in bytes from the start of the span. Errors: out_of_range, if the bytes end before the number
/// does; varint_overflow, if the type cannot hold it; varint_overlong, if it takes more bytes than it needs. `at` of an error
/// counts from the start of the span.
template <Integer T>
[[nodiscard]] constexpr std::expected<Varint<T>, Error> load_varint(std::span<const std::byte> bytes, std::uint64_t position) {
  constexpr std::size_t last = max_varint_size<T> - 1;
  constexpr unsigned most_in_last = (1U << (8 * sizeof(T) - detail::varint_bits * last)) - 1;
  Unsigned<T> place = 0;
  for (std::size_t i = 0;; ++i) {
    // No sum wraps: at the first byte it is the position, and then the position lies inside.
    if (position + i >= bytes.size()) return std::unexpected(detail::check_inside(bytes.size(), position, i + 1).error());
    const auto byte = std::to_integer<unsigned>(bytes[position + i]);
    if (i == last && byte > most_in_last)
      return std::unexpected(
          Error{.code = ErrorCode::varint_overflow, .asked = most_in_last, .there = byte, .at = position + i});
    const auto bits = static_cast<Unsigned<T>>(byte & (detail::varint_more - 1));
    place = static_cast<Unsigned<T>>(place | static_cast<Unsigned<T>>(bits << (detail::varint_bits * i)));
    if ((byte & detail::varint_more) != 0) continue;
    const T value = from_zigzag<T>(place);
    if (byte == 0 && i != 0)
      return std::unexpected(
          Error{.code = ErrorCode::varint_overlong, .asked = varint_size(value), .there = i + 1, .at = position});
    return Varint<T>{value, i + 1};
  }
}

}  // namespace rarena
