#include "locked_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "boot_id.hpp"
#include "patience.hpp"
#include "system.hpp"

namespace rarena::detail {

namespace {

using Outcome = std::expected<void, Error>;

Outcome outcome(int result) noexcept {
  if (result == -1) return std::unexpected(system_error(errno));
  return {};
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

// Size, names, device, inode and birth of a file.
std::expected<struct statx, Error> extended_status(const FileHandle& file) noexcept {
  struct statx status{};
  if (os::identity(file.number(), STATX_SIZE | STATX_NLINK | STATX_INO | STATX_BTIME, &status) == -1)
    return std::unexpected(system_error(errno));
  return status;
}

// Which file it is, but for the boot.
FileIdentity identity_in(const struct statx& status) noexcept {
  FileIdentity identity{.device = makedev(status.stx_dev_major, status.stx_dev_minor), .inode = status.stx_ino};
  if ((status.stx_mask & STATX_BTIME) != 0)
    identity.birth = static_cast<std::uint64_t>(status.stx_btime.tv_sec) * 1'000'000'000U + status.stx_btime.tv_nsec;
  return identity;
}

Error past_the_end(std::uint64_t from, std::uint64_t size, std::uint64_t end) noexcept {
  return {.code = ErrorCode::out_of_range, .asked = from + size, .there = end, .at = from};
}

}  // namespace

std::expected<LockedFile::New, Error> LockedFile::create_new(const std::filesystem::path& path, Size size, FileMode mode,
                                                             const Entrance& who) {
  if (size == 0) return std::unexpected(Error{.code = ErrorCode::file_too_small, .asked = 1, .there = size});
  auto made = NewName::begin(path, mode);
  if (!made) return std::unexpected(made.error());
  const auto company = file_lock::enter(made->file, who);
  if (!company) return std::unexpected(company.error());
  if (const Outcome reserved = reserve(made->file, 0, size); !reserved) return std::unexpected(reserved.error());
  return New{LockedFile(std::move(made->file), size, *company), std::move(made->name)};
}

std::expected<LockedFile, Error> LockedFile::open(const std::filesystem::path& path, const Entrance& who) noexcept {
  Patience patience(who.timeout_ms);
  for (;;) {
    // Anew each time: whoever had the file may have taken its name away, and another file may have it.
    auto opened = open_now(path, who);
    if (opened && *opened) return **std::move(opened);
    if (!opened && (opened.error().code != ErrorCode::in_use || !patience.wait())) return std::unexpected(opened.error());
  }
}

std::expected<std::optional<LockedFile>, Error> LockedFile::open_now(const std::filesystem::path& path,
                                                                     const Entrance& who) noexcept {
  // O_NONBLOCK and O_NOCTTY mean nothing for a regular file; they make the opening of others harmless.
  const int mode = who.access == FileAccess::read_write ? O_RDWR : O_RDONLY;
  auto file = FileHandle::open(path.c_str(), mode | O_NONBLOCK | O_NOCTTY);
  if (!file) {
    const bool directory = file.error() == system_error(EISDIR);
    return std::unexpected(directory ? Error{.code = ErrorCode::not_a_regular_file} : file.error());
  }
  const auto opened = status(*file);
  if (!opened) return std::unexpected(opened.error());
  if (!S_ISREG(opened->st_mode)) return std::unexpected(Error{.code = ErrorCode::not_a_regular_file});

  const auto company = file_lock::enter(*file, who);
  if (!company) return std::unexpected(company.error());
  // Again: until now, somebody else may have been changing the size. Where the system tells no more, only the size counts here.
  if (const auto settled = extended_status(*file)) {
    if ((settled->stx_mask & STATX_NLINK) != 0 && settled->stx_nlink == 0 && opened->st_nlink != 0) return std::nullopt;
    return LockedFile(std::move(*file), settled->stx_size, *company, identity_in(*settled));
  }
  const auto settled = status(*file);
  if (!settled) return std::unexpected(settled.error());
  return LockedFile(std::move(*file), static_cast<std::uint64_t>(settled->st_size), *company);
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
  std::optional<FileIdentity> identity = identity_;
  if (!identity) {
    const auto now = extended_status(file_);
    if (!now) return unknown(now.error().os_error);
    identity = identity_in(*now);
  }
  identity->boot = *boot;
  return *identity;
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

}  // namespace rarena::detail
