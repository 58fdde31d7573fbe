// A range of mapped pages, unmapped at the end of its life.
//
// Thread safety: as an int; the bytes are the owner's to share.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>

#include "../layout/error.hpp"
#include "file_access.hpp"

namespace rarena {

// Bytes of a page of this machine.
std::size_t page_size() noexcept;

class Mapping {
 public:
  // `length` bytes (at least 1), readable and writable, zero, private to this process and its copies.
  // Errors: system. Blocking (a system call), as all of this class.
  static std::expected<Mapping, Error> anonymous(std::size_t length) noexcept;

  // The first `length` bytes (at least 1) of an open file: shared with all who map it, or a copy, as `access` says.
  // Until allow_writing() it can be read only, whatever the access. Errors: system.
  static std::expected<Mapping, Error> file(std::size_t length, int file, FileAccess access) noexcept;

  // From now on the bytes can be written. Precondition: the access allows it. After an error the map is as it was.
  // Errors: system.
  std::expected<void, Error> allow_writing() noexcept;

  // The start, aligned to page_size().
  std::byte* address() const noexcept { return address_.get(); }
  // In bytes.
  std::size_t length() const noexcept { return address_.get_deleter().length; }
  bool writable() const noexcept { return writable_; }

 private:
  struct Unmap {
    std::size_t length = 0;
    void operator()(std::byte* address) const noexcept;
  };

  static std::expected<Mapping, Error> map(std::size_t length, bool writable, int flags, int file) noexcept;
  Mapping(std::byte* address, std::size_t length, bool writable) noexcept
      : address_(address, Unmap{length}), writable_(writable) {}

  std::unique_ptr<std::byte, Unmap> address_;
  bool writable_;
};

}  // namespace rarena
