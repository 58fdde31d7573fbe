// ByteAccess: what handles of bytes have in common: a range, reads and writes within bounds, slices, a writer and a reader.
//
// A handle derives from it, and has data(), size(), bytes() and offset(). It adds no member to the handle. Positions are in
// bytes from the start of the handle's, and need no alignment; those in errors count from the start of the arena.
//
// Thread safety: as the handle. Progress: wait-free, O(bytes that are read or written). Invariants: none.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "../codec/integer.hpp"
#include "../codec/plain.hpp"
#include "../codec/reader.hpp"
#include "../codec/varint.hpp"
#include "../codec/writer.hpp"
#include "../layout/error.hpp"

namespace rarena {

/// The part of a handle of bytes that is the same for all of them. Derived is the handle.
template <class Derived>
class ByteAccess {
 public:
  /// The bytes as a contiguous range: `for (std::byte& b : bytes)`, `std::span s(bytes)`. As data(), it is void when the arena
  /// moves (BasicArena::truncate).
  [[nodiscard]] std::byte* begin() { return self().data(); }
  /// The same for reading.
  [[nodiscard]] const std::byte* begin() const { return self().data(); }
  /// Behind the last of them.
  [[nodiscard]] std::byte* end() { return begin() + self().size(); }
  /// The same for reading.
  [[nodiscard]] const std::byte* end() const { return begin() + self().size(); }

  /// So many of the bytes from a position on. Error: out_of_range.
  [[nodiscard]] std::expected<std::span<std::byte>, Error> subspan(std::uint64_t position, std::uint64_t size) {
    return slice_of(self().bytes(), position, size);
  }
  /// The same for reading.
  [[nodiscard]] std::expected<std::span<const std::byte>, Error> subspan(std::uint64_t position, std::uint64_t size) const {
    return slice_of(self().bytes(), position, size);
  }

  /// Copies a value, as this processor has it, to the bytes at a position. Error: out_of_range, and then nothing is written.
  template <Plain T>
  [[nodiscard]] std::expected<void, Error> put(std::uint64_t position, const T& value) {
    return in_arena(store_value(self().bytes(), position, value));
  }
  /// The value whose bytes are at a position. Error: out_of_range.
  template <Plain T>
  [[nodiscard]] std::expected<T, Error> get(std::uint64_t position) const {
    return in_arena(load_value<T>(self().bytes(), position));
  }

  /// Writes an integer in this order. Error: out_of_range, and then nothing is written.
  template <Integer T>
  [[nodiscard]] std::expected<void, Error> put(std::uint64_t position, T value, std::endian order) {
    return in_arena(store_integer(self().bytes(), position, value, order));
  }
  /// Reads an integer in this order. Error: out_of_range.
  template <Integer T>
  [[nodiscard]] std::expected<T, Error> get(std::uint64_t position, std::endian order) const {
    return in_arena(load_integer<T>(self().bytes(), position, order));
  }

  /// Writes a varint. Returns how many bytes it took. Error: out_of_range, and then nothing is written.
  template <Integer T>
  [[nodiscard]] std::expected<std::size_t, Error> put_varint(std::uint64_t position, T value) {
    return in_arena(store_varint(self().bytes(), position, value));
  }
  /// Reads a varint, with how many bytes it took. Errors: out_of_range, varint_overflow, varint_overlong.
  template <Integer T>
  [[nodiscard]] std::expected<Varint<T>, Error> get_varint(std::uint64_t position) const {
    return in_arena(load_varint<T>(self().bytes(), position));
  }

  /// Writes the bytes from the front to the back. Void when the arena moves.
  [[nodiscard]] Writer<std::span<std::byte>> writer() { return Writer(self().bytes()); }
  /// Reads them from the front to the back. Void when the arena moves.
  [[nodiscard]] Reader reader() const { return Reader(self().bytes()); }

 private:
  ByteAccess() = default;
  friend Derived;

  Derived& self() { return static_cast<Derived&>(*this); }
  const Derived& self() const { return static_cast<const Derived&>(*this); }

  template <class Byte>
  [[nodiscard]] std::expected<std::span<Byte>, Error> slice_of(std::span<Byte> bytes, std::uint64_t position,
                                                               std::uint64_t size) const {
    if (const auto inside = detail::check_inside(bytes.size(), position, size); !inside)
      return in_arena(std::expected<std::span<Byte>, Error>(std::unexpected(inside.error())));
    return bytes.subspan(position, size);
  }
  // What a codec says about a span, as said about the arena. The sums are only for the message: they may wrap.
  template <class T>
  [[nodiscard]] std::expected<T, Error> in_arena(std::expected<T, Error> result) const {
    if (result) [[likely]]
      return result;
    Error error = result.error();
    error.at += self().offset();
    if (error.code == ErrorCode::out_of_range) {
      error.asked += self().offset();
      error.there += self().offset();
    }
    return std::unexpected(error);
  }
};

}  // namespace rarena
