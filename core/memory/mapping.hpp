// A range of mapped pages, unmapped at the end of its life.
//
// Thread safety: as an int; the bytes are the owner's to share.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>

#include "../layout/error.hpp"

namespace rarena {

// Bytes of a page of this machine.
std::size_t page_size() noexcept;

class Mapping {
 public:
  // `length` bytes (at least 1), readable and writable, zero, private to this process and its copies.
  // Errors: system. Blocking (a system call), as all of this class.
  static std::expected<Mapping, Error> anonymous(std::size_t length) noexcept;

  // The first `length` bytes (at least 1) of an open file, readable and writable, shared with all who map it.
  // Errors: system.
  static std::expected<Mapping, Error> shared(std::size_t length, int file) noexcept;

  // The start, aligned to page_size().
  std::byte* address() const noexcept { return address_.get(); }

 private:
  struct Unmap {
    std::size_t length = 0;
    void operator()(std::byte* address) const noexcept;
  };

  static std::expected<Mapping, Error> map(std::size_t length, int flags, int file) noexcept;
  Mapping(std::byte* address, std::size_t length) noexcept : address_(address, Unmap{length}) {}

  std::unique_ptr<std::byte, Unmap> address_;
};

}  // namespace rarena
