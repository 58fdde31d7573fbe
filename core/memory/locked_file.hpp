// A regular file opened and locked, before anything of it is mapped or changed.
//
// The locks (file_lock.hpp) are advisory. They belong to the open file, so they also refuse a second opening by the same
// process, and the system drops them when the process dies. A process made by fork shares them: they then last until both have
// let go.
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
#include "file_lock.hpp"
#include "new_name.hpp"

namespace rarena::detail {

class LockedFile {
 public:
  struct New;
  // A locked file of `size` zero bytes (at least 1) with room for all of them on the disk: a full disk is an error here and not
  // a signal at some later write. It gets its name when it is complete, by New::name. The access is read_write.
  // Who is a member is the first one, and behind the gate. Errors: file_too_small (0 bytes), system. Throws std::bad_alloc.
  // Blocking (system calls), as all of this class.
  [[nodiscard]] static std::expected<New, Error> create_new(const std::filesystem::path& path, Size size,
                                                            FileMode mode = default_mode, const Entrance& who = {});

  // Opens an existing regular file and does not modify it. Who is a member is behind the gate. Permission to write it is needed
  // for read_write only. Errors: not_a_regular_file, in_use (somebody has it open in a way that excludes this one, and so he
  // had until the timeout), system.
  [[nodiscard]] static std::expected<LockedFile, Error> open(const std::filesystem::path& path, const Entrance& who) noexcept;
  [[nodiscard]] static std::expected<LockedFile, Error> open(const std::filesystem::path& path,
                                                             FileAccess access = FileAccess::read_write) noexcept {
    return open(path, Entrance{.access = access});
  }

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
  // Of a member, whether there were others when it came.
  Company company() const noexcept { return company_; }

 private:
  LockedFile(FileHandle file, std::uint64_t size, Company company, std::optional<FileIdentity> identity = std::nullopt) noexcept
      : file_(std::move(file)), size_(size), company_(company), identity_(identity) {}
  // Without waiting. nullopt: the file has lost its name before it was locked.
  [[nodiscard]] static std::expected<std::optional<LockedFile>, Error> open_now(const std::filesystem::path& path,
                                                                                const Entrance& who) noexcept;

  FileHandle file_;
  std::uint64_t size_;
  Company company_;
  std::optional<FileIdentity> identity_;  // but for the boot, if opening has been told
};

struct LockedFile::New {
  LockedFile file;
  NewName name;
};

}  // namespace rarena::detail
