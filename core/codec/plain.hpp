// Values as the bytes that this processor has of them, and the range check of all that reads or writes at a position.
//
// A position is a user's number of 64 bits: no sum of it may wrap. Whatever it is, nothing outside the span is touched. The
// bytes need no alignment.
//
// Thread safety: functions of their arguments; the bytes of a span are the caller's, who lets nobody write to them meanwhile.
// Progress: wait-free, O(size of the type). No exceptions, no allocation. Invariants: none.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <span>
#include <type_traits>

#include "../layout/error.hpp"

namespace rarena {

/// What may be copied as bytes.
template <class T>
concept Plain = std::is_trivially_copyable_v<T> && !std::is_const_v<T>;

namespace detail {

// Whether [position, position + size) lies in [0, end). Error: out_of_range. O(1).
[[nodiscard]] constexpr std::expected<void, Error> check_inside(std::uint64_t end, std::uint64_t position, std::uint64_t size) {
  if (size <= end && position <= end - size) return {};
  return std::unexpected(
      Error{.code = ErrorCode::out_of_range, .asked = position + std::min(size, ~position), .there = end, .at = position});
}

}  // namespace detail

/// Writes the bytes of a value at a position, in bytes from the start of the span. Error: out_of_range, and then nothing is
/// written.
template <Plain T>
[[nodiscard]] std::expected<void, Error> store_value(std::span<std::byte> bytes, std::uint64_t position, const T& value) {
  if (const auto inside = detail::check_inside(bytes.size(), position, sizeof(T)); !inside) return inside;
  std::memcpy(bytes.data() + position, &value, sizeof(T));
  return {};
}

/// The value whose bytes are at a position, in bytes from the start of the span. Error: out_of_range.
template <Plain T>
[[nodiscard]] std::expected<T, Error> load_value(std::span<const std::byte> bytes, std::uint64_t position) {
  if (const auto inside = detail::check_inside(bytes.size(), position, sizeof(T)); !inside)
    return std::unexpected(inside.error());
  std::array<std::byte, sizeof(T)> copy;
  std::memcpy(copy.data(), bytes.data() + position, sizeof(T));
  return std::bit_cast<T>(copy);
}

}  // namespace rarena
