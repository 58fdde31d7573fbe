// A backing of anonymous pages, private to the process.
//
// Thread safety and contract: backing.hpp.
#pragma once

#include <cstddef>
#include <expected>

#include "backing.hpp"
#include "mapping.hpp"

namespace rarena::detail {

class AnonymousMap {
 public:
  // `capacity` bytes behind `front` bytes; data() is page-aligned whatever `front` is.
  // Errors: capacity_too_small (0 bytes), system. Blocking (a system call).
  [[nodiscard]] static std::expected<AnonymousMap, Error> create(Size capacity, Size front, Pages pages = {}) noexcept;

  std::byte* data() const noexcept { return mapping_.address() + front_; }
  Size size() const noexcept { return size_; }
  Size alignment() const noexcept { return static_cast<Size>(page_size()); }
  [[nodiscard]] std::expected<void, Error> flush(Extent) const noexcept { return {}; }

 private:
  AnonymousMap(Mapping mapping, std::size_t front, Size size) noexcept
      : mapping_(std::move(mapping)), front_(front), size_(size) {}

  Mapping mapping_;
  std::size_t front_;  // whole pages
  Size size_;
};

static_assert(Backing<AnonymousMap>);

}  // namespace rarena::detail
