// A regular file opened and locked, before anything of it is mapped or changed.
//
// The lock is flock's, advisory: exclusive for FileAccess::read_write, shared for the other three. It belongs to the open
// file, so it also refuses a second opening by the same process, and the system drops it when the process dies. A process
// made by fork shares it: it then lasts until both have let go.
//
// Thread safety: the const members may be called from any number of threads. Invariants: REC-1 (open modifies nothing).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>

#include "../layout/error.hpp"
#include "../layout/extent.hpp"
#include "../layout/seal.hpp"
#include "file_access.hpp"
#include "file_handle.hpp"
#include "new_name.hpp"

namespace rarena {

class LockedFile {
 public:
  struct New;
  // A locked file of `size` zero bytes (at least 1) with room for all of them on the disk: a full disk is an error here and not
  // a signal at some later write. It gets its name when it is complete, by New::name. The access is read_write.
  // Errors: file_too_small (0 bytes), system. Throws std::bad_alloc. Blocking (system calls), as all of this class.
  [[nodiscard]] static std::expected<New, Error> create_new(const std::filesystem::path& path, Size size,
                                                            FileMode mode = default_mode);

  // Opens an existing regular file and does not modify it, nor wait for anybody. Permission to write it is needed for
  // read_write only. Errors: not_a_regular_file, in_use (somebody has it open in a way that excludes `access`), system.
  [[nodiscard]] static std::expected<LockedFile, Error> open(const std::filesystem::path& path,
                                                             FileAccess access = FileAccess::read_write) noexcept;

  // Makes the file `size` bytes long (at least 1), durably. What a longer file gains is zero, with room for it on the
  // disk. Precondition: the access is read_write, and no one uses the bytes behind the smaller of the two sizes.
  // After an error the size is as before, and the bytes too, but those behind a smaller size may have become zero.
  // Errors: file_too_small (0 bytes), system, flush_failed.
  [[nodiscard]] std::expected<void, Error> resize(Size size) noexcept;

  // Bytes of the file when it had been locked, or as resize() left it.
  std::uint64_t size() const noexcept { return size_; }

  // Which file it is, in which boot of the machine. Errors: identity_unknown, with the error of the system.
  [[nodiscard]] std::expected<FileIdentity, Error> identity() const noexcept;

  // Fills all of `bytes` from the file at `offset`. Errors: out_of_range (the file ends before), system.
  [[nodiscard]] std::expected<void, Error> read(std::uint64_t offset, std::span<std::byte> bytes) const noexcept;

  const FileHandle& handle() const noexcept { return file_; }

 private:
  LockedFile(FileHandle file, std::uint64_t size, std::optional<FileIdentity> identity = std::nullopt) noexcept
      : file_(std::move(file)), size_(size), identity_(identity) {}

  FileHandle file_;
  std::uint64_t size_;
  std::optional<FileIdentity> identity_;  // but for the boot, if opening has been told
};

struct LockedFile::New {
  LockedFile file;
  NewName name;
};

}  // namespace rarena
