#include "locked_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "boot_id.hpp"
#include "system.hpp"

namespace rarena {

namespace {

using Outcome = std::expected<void, Error>;

Outcome outcome(int result) noexcept {
  if (result == -1) return std::unexpected(system_error(errno));
  return {};
}

Outcome lock(const FileHandle& file, FileAccess access) noexcept {
  const int kind = access == FileAccess::read_write ? LOCK_EX : LOCK_SH;
  const Outcome locked = outcome(uninterrupted([&] { return os::lock(file.number(), kind | LOCK_NB); }));
  if (locked == Outcome(std::unexpect, system_error(EWOULDBLOCK))) return std::unexpected(Error{.code = ErrorCode::in_use});
  return locked;
}

// Room on the disk for the bytes of [from, to); the file then ends at `to` at least.
Outcome reserve(const FileHandle& file, std::uint64_t from, std::uint64_t to) noexcept {
  for (;;) {
    // Returns the error; errno is not set.
    const int error = os::allocate(file.number(), static_cast<std::int64_t>(from), static_cast<std::int64_t>(to - from));
    if (error == 0) return {};
    if (error != EINTR) return std::unexpected(system_error(error));
  }
}

Outcome truncate(const FileHandle& file, std::uint64_t size) noexcept {
  return outcome(uninterrupted([&] { return os::truncate(file.number(), static_cast<std::int64_t>(size)); }));
}

// Errors: flush_failed: what the disk holds of the file is not known then.
Outcome synchronize(const FileHandle& file) noexcept {
  if (uninterrupted([&] { return os::synchronize(file.number()); }) != -1) return {};
  return std::unexpected(Error{.code = ErrorCode::flush_failed, .os_error = errno});
}

std::expected<struct stat, Error> status(const FileHandle& file) noexcept {
  struct stat status{};
  if (os::status(file.number(), &status) == -1) return std::unexpected(system_error(errno));
  return status;
}

Error past_the_end(std::uint64_t from, std::uint64_t size, std::uint64_t end) noexcept {
  return {.code = ErrorCode::out_of_range, .asked = from + size, .there = end, .at = from};
}

}  // namespace

std::expected<LockedFile::New, Error> LockedFile::create_new(const std::filesystem::path& path, Size size, FileMode mode) {
  if (size == 0) return std::unexpected(Error{.code = ErrorCode::file_too_small, .asked = 1, .there = size});
  auto made = NewName::begin(path, mode);
  if (!made) return std::unexpected(made.error());
  if (const Outcome locked = lock(made->file, FileAccess::read_write); !locked) return std::unexpected(locked.error());
  if (const Outcome reserved = reserve(made->file, 0, size); !reserved) return std::unexpected(reserved.error());
  return New{LockedFile(std::move(made->file), size), std::move(made->name)};
}

std::expected<LockedFile, Error> LockedFile::open(const std::filesystem::path& path, FileAccess access) noexcept {
  // O_NONBLOCK and O_NOCTTY mean nothing for a regular file; they make the opening of others harmless.
  const int mode = access == FileAccess::read_write ? O_RDWR : O_RDONLY;
  auto file = FileHandle::open(path.c_str(), mode | O_NONBLOCK | O_NOCTTY);
  if (!file) {
    const bool directory = file.error() == system_error(EISDIR);
    return std::unexpected(directory ? Error{.code = ErrorCode::not_a_regular_file} : file.error());
  }
  const auto opened = status(*file);
  if (!opened) return std::unexpected(opened.error());
  if (!S_ISREG(opened->st_mode)) return std::unexpected(Error{.code = ErrorCode::not_a_regular_file});

  if (const Outcome locked = lock(*file, access); !locked) return std::unexpected(locked.error());
  const auto settled = status(*file);  // again: until now, somebody else may have been changing the size
  if (!settled) return std::unexpected(settled.error());
  return LockedFile(std::move(*file), static_cast<std::uint64_t>(settled->st_size));
}

std::expected<void, Error> LockedFile::resize(Size size) noexcept {
  if (size == 0) return std::unexpected(Error{.code = ErrorCode::file_too_small, .asked = 1, .there = size});
  Outcome resized = size > size_ ? reserve(file_, size_, size) : truncate(file_, size);
  if (resized) resized = synchronize(file_);
  if (resized) {
    size_ = size;
  } else if (truncate(file_, size_) && size < size_) {
    static_cast<void>(reserve(file_, size, size_));  // at least try: the room was the file's before
  }
  return resized;
}

std::expected<FileIdentity, Error> LockedFile::identity() const noexcept {
  const auto unknown = [](int error) { return std::unexpected(Error{.code = ErrorCode::identity_unknown, .os_error = error}); };
  const auto boot = boot_id();
  if (!boot) return unknown(boot.error().os_error);
  struct statx now{};
  if (os::identity(file_.number(), STATX_INO | STATX_BTIME, &now) == -1) return unknown(errno);
  FileIdentity identity{.boot = *boot, .device = makedev(now.stx_dev_major, now.stx_dev_minor), .inode = now.stx_ino};
  if ((now.stx_mask & STATX_BTIME) != 0)
    identity.birth = static_cast<std::uint64_t>(now.stx_btime.tv_sec) * 1'000'000'000U + now.stx_btime.tv_nsec;
  return identity;
}

std::expected<void, Error> LockedFile::read(std::uint64_t offset, std::span<std::byte> bytes) const noexcept {
  if (offset > size_) return std::unexpected(past_the_end(offset, bytes.size(), size_));
  for (std::size_t done = 0; done < bytes.size();) {
    const std::uint64_t at = offset + done;
    const auto count = uninterrupted(
        [&] { return os::read_at(file_.number(), bytes.data() + done, bytes.size() - done, static_cast<std::int64_t>(at)); });
    if (count == -1) return std::unexpected(system_error(errno));
    if (count == 0) return std::unexpected(past_the_end(offset, bytes.size(), at));
    done += static_cast<std::size_t>(count);
  }
  return {};
}

}  // namespace rarena
