// Values of programs under test as the 64 bits that the checker works with.
//
// Equal values have equal bits: padding is cleared, because std::atomic compares values and not padding (C++20, P0528). What
// is larger than 64 bits stands for itself by a number, the same whenever the same value comes.
//
// Thread safety: functions.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

namespace checker {

template <class T>
concept Checkable = std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T>;

// Numbers of large values. Large ones are shown as hexadecimal words in traces.
std::uint64_t number_of(const void* bytes, std::size_t size);
void value_of_number(std::uint64_t number, void* bytes, std::size_t size);
std::string show_large(std::uint64_t number);
std::string show_real(double value);

namespace values {

template <class T>
using Bytes = std::array<std::byte, sizeof(T)>;

// A byte of padding may not be read in a constant expression.
template <class T, std::size_t i>
concept HasByte = requires { typename std::bool_constant<(std::bit_cast<Bytes<T>>(T{})[i], true)>; };

template <class T>
constexpr bool has_no_padding = std::is_scalar_v<T> || std::has_unique_object_representations_v<T>;

template <class T>
void clear_padding(T& value) {
#if defined(__has_builtin) && __has_builtin(__builtin_clear_padding)
  __builtin_clear_padding(&value);
#else
  static_assert(std::is_default_constructible_v<T>,
                "checker: this compiler cannot clear the padding of a type without a default constructor; give it one, or "
                "members without padding between them");
  auto* bytes = reinterpret_cast<std::byte*>(&value);
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    ((HasByte<T, i> ? void() : void(bytes[i] = std::byte{})), ...);
  }(std::make_index_sequence<sizeof(T)>{});
#endif
}

}  // namespace values

template <Checkable T>
std::uint64_t to_bits(T value) {
  if constexpr (!values::has_no_padding<T>) values::clear_padding(value);
  if constexpr (sizeof(T) > 8) {
    return number_of(&value, sizeof value);
  } else {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
}

template <Checkable T>
T from_bits(std::uint64_t bits) {
  std::array<std::byte, sizeof(T)> bytes;
  if constexpr (sizeof(T) > 8)
    value_of_number(bits, bytes.data(), sizeof(T));
  else
    std::memcpy(bytes.data(), &bits, sizeof(T));
  return std::bit_cast<T>(bytes);
}

// How values of a type are shown in traces; nullptr: as whole numbers.
template <Checkable T>
constexpr auto shown() -> std::string (*)(std::uint64_t) {
  if constexpr (sizeof(T) > 8)
    return show_large;
  else if constexpr (std::is_floating_point_v<T>)
    return [](std::uint64_t bits) { return show_real(static_cast<double>(from_bits<T>(bits))); };
  else
    return nullptr;
}

}  // namespace checker
