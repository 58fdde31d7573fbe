// A backing of a whole file. Mapped shared with FileAccess::read_write, what is written is what a later opening reads.
//
// Thread safety and contract: backing.hpp; allow_writing() and resize() need the map for themselves.
// Invariants: REC-1 (until allow_writing() nothing of the file can be modified through the map).
#pragma once

#include <cstddef>
#include <expected>
#include <utility>

#include "backing.hpp"
#include "file_access.hpp"
#include "locked_file.hpp"
#include "mapping.hpp"

namespace rarena::detail {

class FileMap {
 public:
  // Maps all of `file`, for reading only, and keeps it locked for the life of the map. Precondition: `file` was opened
  // with `access`, or with read_write. Where `populate` says so, all of it is read at once. After an error `file` is as it was.
  // Errors: file_too_small (0 bytes), file_too_large (more than 2^32 - 1 bytes), system. Blocking (a system call).
  [[nodiscard]] static std::expected<FileMap, Error> map(LockedFile&& file, FileAccess access = FileAccess::read_write,
                                                         bool populate = false) noexcept;

  // From now on the memory can be written. Precondition: may_write(access()). After an error the map is as it was.
  // Errors: system. Blocking (a system call).
  [[nodiscard]] std::expected<void, Error> allow_writing() noexcept;

  // Makes file and memory `size` bytes long (at least 1), durably; the bytes that both sizes have stay, what is gained is
  // zero. It can be written if it could be before. data() may change; the old map, which is returned, shows the same bytes
  // until it ends. Precondition: access() is read_write. After an error all is as it was (but see LockedFile::resize).
  // Errors: file_too_small (0 bytes), system, flush_failed. Blocking (the disk).
  [[nodiscard]] std::expected<Mapping, Error> resize(Size size) noexcept;

  // Locks the pages of the range into memory, those of every later map too. Errors: as lock_pages.
  [[nodiscard]] std::expected<void, Error> keep_locked(Extent range) noexcept;

  [[nodiscard]] FileAccess access() const noexcept { return access_; }
  // Errors: identity_unknown. Blocking (system calls).
  [[nodiscard]] std::expected<FileIdentity, Error> identity() const noexcept { return file_.identity(); }
  const FileHandle& handle() const noexcept { return file_.handle(); }
  // As LockedFile::company.
  Company company() const noexcept { return file_.company(); }
  // Gives a new file its name. Errors: as NewName::give.
  [[nodiscard]] std::expected<void, Error> give_name(NewName& name) noexcept { return name.give(file_.handle()); }

  std::byte* data() const noexcept { return mapping_.address(); }
  Size size() const noexcept { return static_cast<Size>(mapping_.length()); }
  Size alignment() const noexcept { return static_cast<Size>(page_size()); }

  // Whole pages are written, so bytes near the range may become durable too. Nothing to do unless access() is read_write.
  // Errors: out_of_range, system. Blocking (the disk).
  [[nodiscard]] std::expected<void, Error> flush(Extent range) const noexcept;

 private:
  FileMap(LockedFile file, Mapping mapping, FileAccess access, bool populate) noexcept
      : file_(std::move(file)), mapping_(std::move(mapping)), access_(access), populate_(populate) {}

  // Another map of the first `size` bytes, writable if this one is, and locked where this one is kept so.
  [[nodiscard]] std::expected<Mapping, Error> map_again(Size size) const noexcept;

  LockedFile file_;  // before the map: the lock outlives it
  Mapping mapping_;
  FileAccess access_;
  bool populate_;
  Extent locked_ = {};
};

static_assert(Backing<FileMap>);

}  // namespace rarena::detail
