// A backing of a whole file, mapped shared: what is written is what a later opening reads.
//
// Thread safety and contract: backing.hpp.
#pragma once

#include <cstddef>
#include <expected>

#include "backing.hpp"
#include "locked_file.hpp"
#include "mapping.hpp"

namespace rarena {

class FileMap {
 public:
  // Maps all of `file` and keeps it locked for the life of the map. After an error `file` is as it was.
  // Errors: file_too_small (0 bytes), file_too_large (more than 2^32 - 1 bytes), system. Blocking (a system call).
  static std::expected<FileMap, Error> map(LockedFile&& file) noexcept;

  std::byte* data() const noexcept { return mapping_.address(); }
  Size size() const noexcept { return static_cast<Size>(file_.size()); }
  Size alignment() const noexcept { return static_cast<Size>(page_size()); }

  // Whole pages are written, so bytes near the range may become durable too.
  // Errors: out_of_range, system. Blocking (the disk).
  std::expected<void, Error> flush(Extent range) const noexcept;

 private:
  FileMap(LockedFile file, Mapping mapping) noexcept : file_(std::move(file)), mapping_(std::move(mapping)) {}

  LockedFile file_;  // before the map: the lock outlives it
  Mapping mapping_;
};

static_assert(Backing<FileMap>);

}  // namespace rarena
