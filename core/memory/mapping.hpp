// A range of mapped pages, unmapped at the end of its life.
//
// Thread safety: as an int; the bytes are the owner's to share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "../layout/error.hpp"
#include "file_access.hpp"

namespace rarena::detail {

// Bytes of a page of this machine.
[[nodiscard]] std::size_t page_size() noexcept;

// Locks the pages that `size` bytes from `start` lie in into memory: they are not paged out before unlock_pages(), or the end
// of their map. Locks do not add up, and a child of fork has none. Errors: system (as mlock(2) and munlock(2)). Blocking.
[[nodiscard]] std::expected<void, Error> lock_pages(std::byte* start, std::size_t size) noexcept;
[[nodiscard]] std::expected<void, Error> unlock_pages(std::byte* start, std::size_t size) noexcept;

// How the system is to provide anonymous pages.
struct Pages {
  bool populate = false;                            // all of them at once, as far as it has them
  std::optional<std::uint8_t> huge = std::nullopt;  // of 2^huge bytes, from those that the system keeps for this
};

class Mapping {
 public:
  // `length` bytes (at least 1), readable and writable, zero, private to this process and its copies. Of huge pages the last
  // one is whole. Errors: system (EINVAL: there are no pages of this size). Blocking (a system call), as all of this class.
  [[nodiscard]] static std::expected<Mapping, Error> anonymous(std::size_t length, Pages pages = {}) noexcept;

  // The first `length` bytes (at least 1) of an open file: shared with all who map it, or a copy, as `access` says.
  // Until allow_writing() it can be read only, whatever the access. Where `populate` says so, the file is read at once.
  // Errors: system.
  [[nodiscard]] static std::expected<Mapping, Error> file(std::size_t length, int file, FileAccess access,
                                                          bool populate = false) noexcept;

  // From now on the bytes can be written. Precondition: the access allows it. After an error the map is as it was.
  // Errors: system.
  [[nodiscard]] std::expected<void, Error> allow_writing() noexcept;

  // The start, aligned to page_size().
  [[nodiscard]] std::byte* address() const noexcept { return address_.get(); }
  // In bytes.
  [[nodiscard]] std::size_t length() const noexcept { return address_.get_deleter().length; }
  [[nodiscard]] bool writable() const noexcept { return writable_; }

 private:
  struct Unmap {
    std::size_t length = 0;
    void operator()(std::byte* address) const noexcept;
  };

  [[nodiscard]] static std::expected<Mapping, Error> map(std::size_t length, bool writable, int flags, int file) noexcept;
  Mapping(std::byte* address, std::size_t length, bool writable) noexcept
      : address_(address, Unmap{length}), writable_(writable) {}

  std::unique_ptr<std::byte, Unmap> address_;
  bool writable_;
};

}  // namespace rarena::detail
