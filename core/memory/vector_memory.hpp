// A backing of zeroed heap bytes, aligned as asked. Large ones are not touched before they are used.
//
// Thread safety and contract: backing.hpp.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>

#include "backing.hpp"

namespace rarena::detail {

class VectorMemory {
 public:
  // `capacity` bytes behind `front` bytes. `alignment` must be a power of two; at least 16 is used.
  // Errors: capacity_too_small (0 bytes), system ENOMEM. Never throws. Blocking (the heap).
  [[nodiscard]] static std::expected<VectorMemory, Error> create(Size capacity, Size alignment, Size front);

  std::byte* data() const noexcept { return data_; }
  Size size() const noexcept { return size_; }
  Size alignment() const noexcept { return alignment_; }
  [[nodiscard]] std::expected<void, Error> flush(Extent) const noexcept { return {}; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept;
  };
  using Block = std::unique_ptr<std::byte, Free>;

  VectorMemory(Block block, std::byte* data, Size size, Size alignment) noexcept
      : block_(std::move(block)), data_(data), size_(size), alignment_(alignment) {}

  Block block_;
  std::byte* data_;
  Size size_;
  Size alignment_;
};

static_assert(Backing<VectorMemory>);

}  // namespace rarena::detail
