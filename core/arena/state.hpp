// ArenaState: what all copies of an arena share. It owns the memory and lays the allocator over it.
//
// Progress: as the allocator, where nothing else is said. Thread safety: const members may be called from any number of
// threads if the store is concurrent. It does not move: the handles point to it.
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, CUR-1 (by the allocator); SEG-2 (discarded never exceeds what is allocated).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "../memory/memory.hpp"
#include "../words/ghosts.hpp"
#include "allocator.hpp"
#include "file.hpp"
#include "options.hpp"

namespace rarena {

// What an allocation finds in its bytes.
enum class Fill : std::uint8_t {
  zero,  // zeros
  none,  // whatever was there: the zeros of fresh memory, or what an earlier owner left
};

template <WordStore Store>
class ArenaState {
 public:
  // `geometry` and `options` fit the memory: plan_geometry made them, or validate accepted them. `alignment_limit` is
  // the largest alignment that may be asked for.
  ArenaState(Memory memory, const Geometry& geometry, const Options& options, Size alignment_limit, Content content,
             std::optional<std::filesystem::path> path);
  ~ArenaState() { ghosts::forget(memory_.data(), memory_.size()); }
  ArenaState(const ArenaState&) = delete;
  ArenaState& operator=(const ArenaState&) = delete;

  // See BasicArena.
  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const;
  std::expected<void, Error> deallocate(Extent segment) const { return allocator_.deallocate(segment); }
  std::expected<void, Error> increase_discarded(Size bytes) const;
  std::expected<void, Error> flush(Extent range) const;
  std::expected<void, Error> flush_header_and(Extent range) const;
  Size discarded() const { return store_.load(geometry_.discarded(), Site::statistics_load); }
  Prefix prefix() const;

  std::byte* data() const { return memory_.data(); }
  std::byte* at(Offset offset) const { return memory_.data() + offset; }
  const Memory& memory() const { return memory_; }
  const Geometry& geometry() const { return geometry_; }
  const Options& options() const { return options_; }
  const std::optional<std::filesystem::path>& path() const { return path_; }
  const Allocator<Store>& allocator() const { return allocator_; }
  Size alignment_limit() const { return alignment_limit_; }

 private:
  void format() const;
  void reserve_descriptors() const;

  Memory memory_;
  Geometry geometry_;
  Options options_;
  Size alignment_limit_;
  std::optional<std::filesystem::path> path_;
  Store store_;
  Allocator<Store> allocator_;
};

template <WordStore Store>
ArenaState<Store>::ArenaState(Memory memory, const Geometry& geometry, const Options& options, Size alignment_limit,
                              Content content, std::optional<std::filesystem::path> path)
    : memory_(std::move(memory)), geometry_(geometry), options_(options), alignment_limit_(alignment_limit),
      path_(std::move(path)), store_(memory_.data()),
      allocator_(make_allocator(store_, geometry, options.freelist, {.maximum_retries = options.maximum_retries})) {
  if (content == Content::fresh) format();
  store_.release(extent_between(allocator_.cursor().allocated(), geometry.capacity()));
  allocator_.segments().walk([&](Extent segment) { store_.release(segment); });
  if (content == Content::fresh) reserve_descriptors();
}

// The memory is zero and nobody else knows it yet: plain writes.
template <WordStore Store>
void ArenaState<Store>::format() const {
  const auto prefix_bytes =
      encode(Prefix{.freelist = static_cast<std::uint8_t>(options_.freelist), .magic_version = options_.magic_version});
  const Header header{.free_head = 0,
                      .spare_head = 0,
                      .allocated = static_cast<std::uint32_t>(geometry_.data_offset()),
                      .discarded = 0,
                      .min_segment_size = options_.minimum_segment_size,
                      .seal = 0};
  std::memcpy(data() + geometry_.header(), &header, sizeof header);
  std::memcpy(data() + geometry_.prefix(), prefix_bytes.data(), prefix_bytes.size());
}

template <WordStore Store>
void ArenaState<Store>::reserve_descriptors() const {
  const std::uint64_t begin = geometry_.data_offset(), padding = align_up(begin, descriptor_size) - begin;
  const std::uint64_t budget = (geometry_.capacity() - begin) / 8;
  const std::uint64_t most = budget > padding ? (budget - padding) / descriptor_size : 0;
  allocator_.segments().reserve(static_cast<Size>(std::min<std::uint64_t>(options_.descriptor_reserve, most)));
}

template <WordStore Store>
std::expected<Allocation, Error> ArenaState<Store>::allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) const {
  if (!is_power_of_two(alignment)) return std::unexpected(Error{.code = ErrorCode::invalid_alignment, .asked = alignment});
  if (alignment > alignment_limit_)
    return std::unexpected(Error{.code = ErrorCode::alignment_too_large, .asked = alignment, .there = alignment_limit_});
  if (size > std::numeric_limits<Size>::max())
    return std::unexpected(Error{.code = ErrorCode::insufficient_space, .asked = size, .there = allocator_.remaining()});
  const auto allocation = allocator_.allocate({static_cast<Size>(size), static_cast<Size>(alignment)});
  if (allocation && fill == Fill::zero) std::memset(at(allocation->used.offset), 0, allocation->used.size);
  return allocation;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::increase_discarded(Size bytes) const {
  const std::uint64_t known = discarded(), allocated = allocator_.cursor().allocated();
  if (known + bytes > allocated - geometry_.data_offset())
    return std::unexpected(Error{.code = ErrorCode::out_of_range,
                                 .asked = geometry_.data_offset() + known + bytes,
                                 .there = allocated,
                                 .at = geometry_.data_offset() + known});
  store_.fetch_add(geometry_.discarded(), bytes, Site::discarded_add);
  return {};
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::flush(Extent range) const {
  const std::uint32_t top = allocator_.cursor().allocated();
  if (range.end() > top)
    return std::unexpected(Error{.code = ErrorCode::out_of_range, .asked = range.end(), .there = top, .at = range.offset});
  return memory_.flush(range);
}

// The pure layout has nothing to flush: its memory is never on disk.
template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::flush_header_and(Extent range) const {
  if (const auto flushed = flush(range); !flushed || !geometry_.unified()) return flushed;
  return memory_.flush(extent_between(geometry_.reserved(), geometry_.data_offset()));
}

template <WordStore Store>
Prefix ArenaState<Store>::prefix() const {
  std::array<std::byte, prefix_size> bytes{};
  std::memcpy(bytes.data(), data() + geometry_.prefix(), bytes.size());
  return decode_prefix(bytes);
}

}  // namespace rarena
