// Writer: fills bytes from the front to the back, and counts what is written: the length of a buffer.
//
//     Writer writer = bytes.writer();                // over the bytes of a handle, which keeps them
//     Writer owning(std::move(bytes));               // with the handle in it
//     writer.put(std::uint32_t{7}, std::endian::big).value();
//     writer.put_varint(300).value();
//
// The count is the writer's and not the handle's, so an allocation that is not written in this way does not pay for it. A
// writer over a span is void when the bytes move (BasicArena::truncate); one that owns its handle asks it anew each time.
//
// A call that fails changes nothing. Positions in errors count from the start of the bytes.
//
// Thread safety: as a std::vector<std::byte>. Progress: wait-free; O(bytes that are written). No exceptions, no allocation.
// Invariants: none.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <memory>
#include <span>
#include <utility>

#include "../layout/error.hpp"
#include "integer.hpp"
#include "plain.hpp"
#include "reader.hpp"
#include "varint.hpp"

namespace rarena {

/// What a writer fills: a span of bytes, or a handle of bytes that is a range of them.
template <class T>
concept WritableBytes = std::movable<T> && requires(T& target) { std::span<std::byte>(target); };

/// Appends to the bytes of a span or of a handle that it owns. It does not grow: what does not fit is an error. It moves and
/// does not copy; a moved-from one has written nothing.
template <WritableBytes Target>
class Writer {
 public:
  /// Nothing is written yet. The bytes may hold anything.
  explicit Writer(Target target) noexcept : target_(std::move(target)) {}
  /// Takes over what is filled, and how much of it is written.
  Writer(Writer&& other) noexcept : target_(std::move(other.target_)), size_(std::exchange(other.size_, 0)) {}
  /// The same; a handle that this had ends.
  Writer& operator=(Writer&& other) noexcept {
    Writer taken(std::move(other));
    std::swap(target_, taken.target_);
    std::swap(size_, taken.size_);
    return *this;
  }
  /// With a handle in it, that ends.
  ~Writer() = default;

  /// How many bytes are written.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Whether none is.
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// How many bytes there are in all.
  [[nodiscard]] std::size_t capacity() const { return std::span<const std::byte>(target_).size(); }
  /// How many are left to write.
  [[nodiscard]] std::size_t remaining() const { return capacity() - size_; }

  /// What is written.
  [[nodiscard]] std::span<std::byte> written() { return all().first(size_); }
  /// The same for reading.
  [[nodiscard]] std::span<const std::byte> written() const { return std::span<const std::byte>(target_).first(size_); }
  /// The bytes behind it, for who fills them otherwise and then calls advance().
  [[nodiscard]] std::span<std::byte> rest() { return all().subspan(size_); }
  /// Reads what is written, from its start.
  [[nodiscard]] Reader reader() const { return Reader(written()); }

  /// What is filled: the span or the handle.
  [[nodiscard]] const Target& target() const { return target_; }
  /// Takes it out; nothing is written then.
  [[nodiscard]] Target release() {
    size_ = 0;
    return std::move(target_);
  }

  /// Appends the bytes of a value as this processor has them, without alignment. Error: out_of_range.
  template <Plain T>
  [[nodiscard]] std::expected<void, Error> put(const T& value) {
    return written_if(store_value(all(), size_, value), sizeof(T));
  }
  /// Appends an integer in this order. Error: out_of_range.
  template <Integer T>
  [[nodiscard]] std::expected<void, Error> put(T value, std::endian order) {
    return written_if(store_integer(all(), size_, value, order), sizeof(T));
  }
  /// Appends a varint. Returns how many bytes it took. Error: out_of_range.
  template <Integer T>
  [[nodiscard]] std::expected<std::size_t, Error> put_varint(T value) {
    const auto taken = store_varint(all(), size_, value);
    size_ += taken.value_or(0);
    return taken;
  }
  /// Appends bytes, which may be some of these. Error: out_of_range.
  [[nodiscard]] std::expected<void, Error> put_slice(std::span<const std::byte> slice);

  /// Appends zeros until the address of the next byte is aligned for T. Returns their number. Error: out_of_range.
  template <class T>
  [[nodiscard]] std::expected<std::size_t, Error> align_to();
  /// Appends a T at an aligned address, with zeros in front of it where that needs some. Returns where it is. In the bytes of
  /// an arena it is as well aligned in every later mapping, if alignof(T) is at most its maximum_alignment(). Error:
  /// out_of_range.
  template <Plain T>
  [[nodiscard]] std::expected<T*, Error> put_aligned(const T& value);

  /// Makes so many bytes the written ones. Those that this adds, and those that it takes away, are zeros then. O(their number).
  /// Error: out_of_range.
  [[nodiscard]] std::expected<void, Error> resize(std::uint64_t size);
  /// Counts bytes of rest() as written, as they are. Error: out_of_range.
  [[nodiscard]] std::expected<void, Error> advance(std::uint64_t size) {
    return written_if(detail::check_inside(capacity(), size_, size), size);
  }

  /// Takes the last sizeof(T) written bytes off. Returns the T that they were, as this processor has it. Error: out_of_range,
  /// if fewer are written.
  template <Plain T>
  [[nodiscard]] std::expected<T, Error> pop() {
    return popped(load_value<T>(written(), start_of_last(sizeof(T))), sizeof(T));
  }
  /// Takes an integer in this order off the end. Error: out_of_range, if fewer bytes are written.
  template <Integer T>
  [[nodiscard]] std::expected<T, Error> pop(std::endian order) {
    return popped(load_integer<T>(written(), start_of_last(sizeof(T)), order), sizeof(T));
  }

 private:
  std::span<std::byte> all() { return std::span<std::byte>(target_); }
  // 0 if there are fewer, which is out of range then.
  std::size_t start_of_last(std::size_t size) const { return size <= size_ ? size_ - size : 0; }
  std::size_t padding(std::size_t alignment) {
    return -reinterpret_cast<std::uintptr_t>(all().data() + size_) & (alignment - 1);
  }
  void append_zeros(std::size_t count) {
    if (count != 0) std::memset(all().data() + size_, 0, count);
    size_ += count;
  }
  [[nodiscard]] std::expected<void, Error> written_if(std::expected<void, Error> done, std::size_t size) {
    if (done) size_ += size;
    return done;
  }
  template <class T>
  [[nodiscard]] std::expected<T, Error> popped(std::expected<T, Error> value, std::size_t size) {
    if (value) size_ -= size;
    return value;
  }

  Target target_;
  std::size_t size_ = 0;
};

template <WritableBytes Target>
std::expected<void, Error> Writer<Target>::put_slice(std::span<const std::byte> slice) {
  if (const auto inside = detail::check_inside(capacity(), size_, slice.size()); !inside) return inside;
  if (!slice.empty()) std::memmove(all().data() + size_, slice.data(), slice.size());
  size_ += slice.size();
  return {};
}

template <WritableBytes Target>
template <class T>
std::expected<std::size_t, Error> Writer<Target>::align_to() {
  const std::size_t zeros = padding(alignof(T));
  if (const auto inside = detail::check_inside(capacity(), size_, zeros); !inside) return std::unexpected(inside.error());
  append_zeros(zeros);
  return zeros;
}

template <WritableBytes Target>
template <Plain T>
std::expected<T*, Error> Writer<Target>::put_aligned(const T& value) {
  const std::size_t zeros = padding(alignof(T));
  if (const auto inside = detail::check_inside(capacity(), size_, zeros + sizeof(T)); !inside)
    return std::unexpected(inside.error());
  append_zeros(zeros);
  T* const made = std::construct_at(reinterpret_cast<T*>(all().data() + size_), value);
  size_ += sizeof(T);
  return made;
}

template <WritableBytes Target>
std::expected<void, Error> Writer<Target>::resize(std::uint64_t size) {
  if (const auto inside = detail::check_inside(capacity(), 0, size); !inside) return inside;
  const std::size_t from = std::min<std::size_t>(size, size_), to = std::max<std::size_t>(size, size_);
  if (from != to) std::memset(all().data() + from, 0, to - from);
  size_ = size;
  return {};
}

}  // namespace rarena
