// Reader: reads bytes from the front to the back, and remembers where it is.
//
//     Reader reader(bytes);
//     const auto count = reader.get_varint<std::uint32_t>();
//     const auto name = reader.get_slice(*count);
//
// A read that fails leaves it where it was. Positions in errors count from the start of the bytes.
//
// Thread safety: as a std::span; nobody writes to the bytes while they are read. Progress: wait-free. No exceptions, no
// allocation. Invariants: none.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "../layout/error.hpp"
#include "integer.hpp"
#include "plain.hpp"
#include "varint.hpp"

namespace rarena {

/// A place in bytes that are read one after the other. It does not own them: they must outlive it, and not move.
class Reader {
 public:
  /// Nothing to read.
  constexpr Reader() = default;
  /// Begins at the first byte.
  constexpr explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// How many bytes have been read.
  [[nodiscard]] constexpr std::size_t position() const { return position_; }
  /// How many bytes are left.
  [[nodiscard]] constexpr std::size_t remaining() const { return bytes_.size() - position_; }
  /// Whether all have been read.
  [[nodiscard]] constexpr bool empty() const { return remaining() == 0; }
  /// The bytes that are left.
  [[nodiscard]] constexpr std::span<const std::byte> rest() const { return bytes_.subspan(position_); }

  /// The next sizeof(T) bytes as a T, as this processor has it. Error: out_of_range.
  template <Plain T>
  [[nodiscard]] std::expected<T, Error> get() {
    return taken(load_value<T>(bytes_, position_), sizeof(T));
  }
  /// The next integer in this order. Error: out_of_range.
  template <Integer T>
  [[nodiscard]] constexpr std::expected<T, Error> get(std::endian order) {
    return taken(load_integer<T>(bytes_, position_, order), sizeof(T));
  }
  /// The next varint. Errors: out_of_range, varint_overflow, varint_overlong.
  template <Integer T>
  [[nodiscard]] constexpr std::expected<T, Error> get_varint() {
    const auto number = load_varint<T>(bytes_, position_);
    if (!number) return std::unexpected(number.error());
    position_ += number->size;
    return number->value;
  }
  /// The next bytes, which are not copied. Error: out_of_range.
  [[nodiscard]] constexpr std::expected<std::span<const std::byte>, Error> get_slice(std::uint64_t size) {
    if (const auto inside = detail::check_inside(bytes_.size(), position_, size); !inside)
      return std::unexpected(inside.error());
    const auto slice = bytes_.subspan(position_, size);
    position_ += size;
    return slice;
  }
  /// Passes over bytes. Error: out_of_range.
  [[nodiscard]] constexpr std::expected<void, Error> skip(std::uint64_t size) {
    if (const auto inside = detail::check_inside(bytes_.size(), position_, size); !inside) return inside;
    position_ += size;
    return {};
  }

 private:
  template <class T>
  [[nodiscard]] constexpr std::expected<T, Error> taken(std::expected<T, Error> value, std::size_t size) {
    if (value) position_ += size;
    return value;
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace rarena
