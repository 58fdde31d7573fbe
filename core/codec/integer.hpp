// Integers as bytes, in either order. Pure functions.
//
// Positions are checked as in plain.hpp. The bytes need no alignment.
//
// Thread safety: functions of their arguments; the bytes of a span are the caller's, who lets nobody write to them meanwhile.
// Progress: wait-free, O(size of the type). No exceptions, no allocation. Invariants: none.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <type_traits>

#include "../layout/error.hpp"
#include "plain.hpp"

namespace rarena {

/// An integer of 128 bits with a sign. It is no type of the standard, and both compilers have it.
__extension__ using Int128 = __int128;
/// An integer of 128 bits without a sign.
__extension__ using UInt128 = unsigned __int128;

/// What has a byte order: integers of 8 to 128 bits, with and without a sign; bool is none.
template <class T>
concept Integer = (std::integral<T> && std::same_as<T, std::remove_cv_t<T>> && !std::same_as<T, bool>) ||
                  std::same_as<T, Int128> || std::same_as<T, UInt128>;

namespace detail {

// std::make_unsigned knows 128 bits only with the extensions of the compilers.
template <Integer T>
struct UnsignedOf : std::make_unsigned<T> {};
template <Integer T>
  requires(sizeof(T) == 16)
struct UnsignedOf<T> {
  using type = UInt128;
};

}  // namespace detail

/// The integer of T's size without a sign.
template <Integer T>
using Unsigned = typename detail::UnsignedOf<T>::type;

/// The value with its bytes in the reverse order.
template <Integer T>
[[nodiscard]] constexpr T reversed(T value) {
  if constexpr (sizeof(T) == 16) {
    const auto bits = static_cast<UInt128>(value);
    const auto low = static_cast<std::uint64_t>(bits), high = static_cast<std::uint64_t>(bits >> 64);
    return static_cast<T>(static_cast<UInt128>(std::byteswap(low)) << 64 | std::byteswap(high));
  } else {
    return std::byteswap(value);
  }
}

/// The bytes of an integer in this order.
template <Integer T>
[[nodiscard]] constexpr std::array<std::byte, sizeof(T)> to_bytes(T value, std::endian order) {
  return std::bit_cast<std::array<std::byte, sizeof(T)>>(order == std::endian::native ? value : reversed(value));
}

/// The integer that these bytes are in this order.
template <Integer T>
[[nodiscard]] constexpr T from_bytes(std::span<const std::byte, sizeof(T)> bytes, std::endian order) {
  std::array<std::byte, sizeof(T)> copy{};
  std::ranges::copy(bytes, copy.begin());
  const T value = std::bit_cast<T>(copy);
  return order == std::endian::native ? value : reversed(value);
}

/// Writes an integer at a position, in bytes from the start of the span. Error: out_of_range, and then nothing is written.
template <Integer T>
[[nodiscard]] constexpr std::expected<void, Error> store_integer(std::span<std::byte> bytes, std::uint64_t position, T value,
                                                                 std::endian order) {
  if (const auto inside = detail::check_inside(bytes.size(), position, sizeof(T)); !inside) return inside;
  std::ranges::copy(to_bytes(value, order), bytes.data() + position);
  return {};
}

/// Reads an integer at a position, in bytes from the start of the span. Error: out_of_range.
template <Integer T>
[[nodiscard]] constexpr std::expected<T, Error> load_integer(std::span<const std::byte> bytes, std::uint64_t position,
                                                             std::endian order) {
  if (const auto inside = detail::check_inside(bytes.size(), position, sizeof(T)); !inside)
    return std::unexpected(inside.error());
  return from_bytes<T>(bytes.subspan(position).template first<sizeof(T)>(), order);
}

}  // namespace rarena
