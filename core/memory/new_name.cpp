#include "new_name.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

namespace rarena {

namespace {

namespace fs = std::filesystem;

// Whether this error of O_TMPFILE says that the file system, or the system, has no such files.
bool has_no_unnamed_files(const Error& error) {
  return error == system_error(EOPNOTSUPP) || error == system_error(EISDIR) || error == system_error(EINVAL);
}

// The name of an open file that linkat(2) takes; it needs a mounted /proc.
std::array<char, 32> name_of(const FileHandle& file) noexcept {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "/proc/self/fd/%d", file.number());
  return name;
}

bool can_be_linked(const FileHandle& file) noexcept { return ::access(name_of(file).data(), F_OK) == 0; }

}  // namespace

fs::path behind_links(fs::path path) {
  std::error_code error;
  for (int links = 0; links < 40 && fs::is_symlink(path, error) && !fs::exists(path, error); ++links) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return path;
}

std::expected<NewName::Made, Error> NewName::begin(const fs::path& path, FileMode mode) {
  const fs::path parent = path.has_parent_path() ? path.parent_path() : ".";
  fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") return std::unexpected(system_error(path.empty() ? ENOENT : EISDIR));

  auto directory = FileHandle::open(parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory) return std::unexpected(directory.error());
  auto file = directory->open_inside(".", O_RDWR | O_TMPFILE, mode);
  if (!file && !has_no_unnamed_files(file.error())) return std::unexpected(file.error());
  if (file && can_be_linked(*file)) return Made{*std::move(file), NewName(*std::move(directory), std::move(name), {})};

  for (unsigned number = 0;; ++number) {
    std::string temporary = "." + name.string() + ".rarena-" + std::to_string(::getpid()) + "-" + std::to_string(number);
    file = directory->open_inside(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL, mode);
    if (file) return Made{*std::move(file), NewName(*std::move(directory), std::move(name), std::move(temporary))};
    if (file.error() != system_error(EEXIST)) return std::unexpected(file.error());
  }
}

int NewName::link(const FileHandle& file) const noexcept {
  if (!temporary_.empty())
    return ::linkat(directory_.number(), temporary_.c_str(), directory_.number(), name_.c_str(), 0);
  return ::linkat(AT_FDCWD, name_of(file).data(), directory_.number(), name_.c_str(), AT_SYMLINK_FOLLOW);
}

void NewName::forget_temporary() noexcept {
  if (!temporary_.empty()) ::unlinkat(directory_.number(), temporary_.c_str(), 0);
  temporary_.clear();
}

std::expected<void, Error> NewName::give(const FileHandle& file) noexcept {
  if (uninterrupted([&] { return ::fsync(file.number()); }) == -1) return std::unexpected(system_error(errno));
  if (uninterrupted([&] { return link(file); }) == -1)
    return std::unexpected(errno == EEXIST ? Error{.code = ErrorCode::file_exists} : system_error(errno));
  forget_temporary();
  const int synced = uninterrupted([&] { return ::fsync(directory_.number()); });
  // Some file systems have no durable folders to offer, and say so.
  if (synced == 0 || errno == EINVAL || errno == EOPNOTSUPP) return {};
  const Error error = system_error(errno);
  ::unlinkat(directory_.number(), name_.c_str(), 0);  // the file is still locked: nobody has begun to use it
  return std::unexpected(error);
}

}  // namespace rarena
