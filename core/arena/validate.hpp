// Checks of options and of an existing file, made before anything is created, mapped or changed.
//
// What is checked of a file is listed in core/FORMAT.md. It is the local structure: every descriptor and every extent
// lies in the allocated bytes, the lists end, and the sizes are in order. That descriptors and extents are disjoint, and
// that they were free before a crash, is not checked here.
//
// Progress: bounded by the size of the file; blocking (reads). Thread safety: functions of their arguments.
// Invariants: REC-1 (nothing here writes), FL-1 (order), SEG-1 (bounds).
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>

#include "../freelist/policy.hpp"
#include "../layout/error.hpp"
#include "../layout/geometry.hpp"
#include "../memory/locked_file.hpp"
#include "options.hpp"

namespace rarena {

// The geometry that the options describe. Errors: invalid_alignment, wrong_freelist (not a kind), capacity_too_small.
constexpr std::expected<Geometry, Error> plan_geometry(const Options& options, bool unify);

// Whether `file` is an arena that may be opened with these options. Errors: file_too_small, file_too_large,
// not_an_arena, wrong_format_version, wrong_magic_version, wrong_freelist, bad_header, bad_freelist, system.
std::expected<void, Error> validate(const LockedFile& file, const Options& options);

namespace validation {

using Verdict = std::expected<void, Error>;

constexpr std::unexpected<Error> reject(ErrorCode code, std::uint64_t asked, std::uint64_t there, std::uint64_t at = 0) {
  return std::unexpected(Error{.code = code, .asked = asked, .there = there, .at = at});
}

constexpr Verdict check_prefix(const Prefix& prefix, const Options& options) {
  const auto as_number = [](char c) { return std::uint64_t{static_cast<unsigned char>(c)}; };
  const std::uint64_t at = options.reserved;
  if (prefix.null_byte != 0) return reject(ErrorCode::not_an_arena, 0, prefix.null_byte, at);
  for (std::size_t i = 0; i < magic.size(); ++i)
    if (prefix.magic[i] != magic[i])
      return reject(ErrorCode::not_an_arena, as_number(magic[i]), as_number(prefix.magic[i]), at + 2 + i);
  if (prefix.format_version != format_version)
    return reject(ErrorCode::wrong_format_version, format_version, prefix.format_version);
  if (prefix.magic_version != options.magic_version)
    return reject(ErrorCode::wrong_magic_version, options.magic_version, prefix.magic_version);
  const auto kind = static_cast<std::uint8_t>(options.freelist);
  if (prefix.freelist != kind) return reject(ErrorCode::wrong_freelist, kind, prefix.freelist);
  return {};
}

constexpr Verdict check_header(const Header& header, const Geometry& geometry) {
  const std::uint64_t data = geometry.data_offset();
  const auto at = [](auto word) { return static_cast<std::uint64_t>(word.place); };
  if (header.allocated < data) return reject(ErrorCode::bad_header, data, header.allocated, at(geometry.cursor()));
  if (header.allocated > geometry.capacity())
    return reject(ErrorCode::bad_header, geometry.capacity(), header.allocated, at(geometry.cursor()));
  if (header.discarded > header.allocated - data)
    return reject(ErrorCode::bad_header, header.allocated - data, header.discarded, at(geometry.discarded()));
  return {};
}

// Follows the freelist and the spare stack over a copy of the data bytes.
class ListCheck {
 public:
  // `data` are the bytes [data_offset, allocated).
  ListCheck(std::span<const std::byte> data, const Geometry& geometry, Freelist kind)
      : data_(data), begin_(geometry.data_offset()), kind_(kind) {}

  Verdict free_list(Link head, Word<std::uint64_t> word) const;
  Verdict spare_stack(Link head, Word<std::uint64_t> word) const;

 private:
  std::uint64_t end() const { return begin_ + data_.size(); }
  std::uint64_t word_at(std::uint64_t offset) const {
    std::uint64_t bits = 0;
    std::memcpy(&bits, data_.data() + (offset - begin_), sizeof bits);
    return bits;
  }

  // Calls visit(descriptor, its link) for each one until it objects.
  template <class Visit>
  Verdict follow(Link head, Word<std::uint64_t> word, Visit visit) const;
  Verdict check_extent(Offset descriptor, Extent extent) const;
  bool in_order(Size earlier, Size later) const {
    return kind_ == Freelist::optimistic ? !Optimistic::precedes(later, earlier) : !Pessimistic::precedes(later, earlier);
  }

  std::span<const std::byte> data_;
  std::uint64_t begin_;
  Freelist kind_;
};

template <class Visit>
Verdict ListCheck::follow(Link head, Word<std::uint64_t> word, Visit visit) const {
  auto at = static_cast<std::uint64_t>(word.place);
  if (head.marked()) return reject(ErrorCode::bad_freelist, Link(head.next(), false, head.tag()).bits(), head.bits(), at);
  if (kind_ == Freelist::none && head != Link()) return reject(ErrorCode::bad_freelist, 0, head.bits(), at);
  const std::uint64_t most = data_.size() / descriptor_size;
  std::uint64_t count = 0;
  for (Offset current = head.next(); current != null_offset;) {
    if (current < begin_) return reject(ErrorCode::bad_freelist, begin_, current, at);
    if (std::uint64_t{current} + descriptor_size > end())
      return reject(ErrorCode::bad_freelist, end() - descriptor_size, current, at);
    if (++count > most) return reject(ErrorCode::bad_freelist, null_offset, current, at);
    const Link link(word_at(current));
    if (const Verdict verdict = visit(current, link); !verdict) return verdict;
    at = current;
    current = link.next();
  }
  return {};
}

inline Verdict ListCheck::check_extent(Offset descriptor, Extent extent) const {
  const std::uint64_t at = std::uint64_t{descriptor} + 8;
  if (extent.offset < begin_) return reject(ErrorCode::bad_freelist, begin_, extent.offset, at);
  if (extent.end() > end()) return reject(ErrorCode::bad_freelist, end(), extent.end(), at);
  if (extent.empty()) return reject(ErrorCode::bad_freelist, 1, 0, at + 4);
  return {};
}

inline Verdict ListCheck::free_list(Link head, Word<std::uint64_t> word) const {
  std::optional<Size> earlier;
  return follow(head, word, [&](Offset descriptor, Link link) -> Verdict {
    const Extent extent = decode_extent(word_at(descriptor + 8));
    if (const Verdict inside = check_extent(descriptor, extent); !inside) return inside;
    if (link.marked()) return {};
    if (earlier && !in_order(*earlier, extent.size))
      return reject(ErrorCode::bad_freelist, *earlier, extent.size, std::uint64_t{descriptor} + 12);
    earlier = extent.size;
    return {};
  });
}

inline Verdict ListCheck::spare_stack(Link head, Word<std::uint64_t> word) const {
  return follow(head, word, [](Offset descriptor, Link link) -> Verdict {
    if (link.marked()) return {};
    return reject(ErrorCode::bad_freelist, Link(link.next(), true, link.tag()).bits(), link.bits(), descriptor);
  });
}

inline Verdict check_lists(const LockedFile& file, const Header& header, const Geometry& geometry, Freelist kind) {
  if (header.free_head == 0 && header.spare_head == 0) return {};
  const std::uint64_t size = header.allocated - geometry.data_offset();
  const std::unique_ptr<std::byte[]> copy(new (std::nothrow) std::byte[size]);
  if (!copy) return std::unexpected(system_error(ENOMEM));
  const std::span<std::byte> data(copy.get(), size);
  if (const Verdict read = file.read(geometry.data_offset(), data); !read) return read;
  const ListCheck check(data, geometry, kind);
  if (const Verdict verdict = check.free_list(Link(header.free_head), geometry.free_head()); !verdict) return verdict;
  return check.spare_stack(Link(header.spare_head), geometry.spare_head());
}

}  // namespace validation

constexpr std::expected<Geometry, Error> plan_geometry(const Options& options, bool unify) {
  using validation::reject;
  if (!is_power_of_two(options.maximum_alignment)) return reject(ErrorCode::invalid_alignment, options.maximum_alignment, 0);
  if (options.freelist > Freelist::pessimistic)
    return reject(ErrorCode::wrong_freelist, static_cast<std::uint64_t>(Freelist::pessimistic),
                  static_cast<std::uint64_t>(options.freelist));
  const Geometry geometry = Geometry::of(unify, options.reserved, options.capacity);
  if (geometry.data_offset() >= options.capacity)
    return reject(ErrorCode::capacity_too_small, geometry.data_offset() + 1, options.capacity);
  return geometry;
}

inline std::expected<void, Error> validate(const LockedFile& file, const Options& options) {
  using namespace validation;
  constexpr Size largest = std::numeric_limits<Size>::max();
  const std::uint64_t smallest = Geometry::unified(options.reserved, 0).data_offset() + 1;
  if (file.size() < smallest) return reject(ErrorCode::file_too_small, smallest, file.size());
  if (file.size() > largest) return reject(ErrorCode::file_too_large, largest, file.size());
  const Geometry geometry = Geometry::unified(options.reserved, static_cast<Size>(file.size()));

  std::array<std::byte, prefix_size> prefix{};
  if (const Verdict read = file.read(static_cast<std::uint64_t>(geometry.prefix()), prefix); !read) return read;
  if (const Verdict verdict = check_prefix(decode_prefix(prefix), options); !verdict) return verdict;

  Header header{};
  const auto bytes = std::as_writable_bytes(std::span(&header, 1));
  if (const Verdict read = file.read(static_cast<std::uint64_t>(geometry.header()), bytes); !read) return read;
  if (const Verdict verdict = check_header(header, geometry); !verdict) return verdict;
  return check_lists(file, header, geometry, options.freelist);
}

}  // namespace rarena
