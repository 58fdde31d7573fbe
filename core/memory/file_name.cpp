#include "file_name.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "system.hpp"

namespace rarena::detail {

std::expected<FileName, Error> FileName::of(const std::filesystem::path& path, const FileHandle& file) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  auto directory = FileHandle::open(parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory) return std::unexpected(directory.error());
  FileName name(*std::move(directory), path.filename());
  if (const auto its = name.check(file); !its) return std::unexpected(its.error());
  return name;
}

std::expected<void, Error> FileName::check(const FileHandle& file) const noexcept {
  // Whatever has the name, nothing but the name is opened.
  const auto named = directory_.open_inside(name_.c_str(), O_PATH | O_NOFOLLOW);
  if (!named) return std::unexpected(named.error());
  struct stat there{}, ours{};
  if (os::status(named->number(), &there) == -1 || os::status(file.number(), &ours) == -1)
    return std::unexpected(system_error(errno));
  if (there.st_dev != ours.st_dev || there.st_ino != ours.st_ino) return std::unexpected(system_error(ENOENT));
  return {};
}

std::expected<bool, Error> FileName::remove_from(const FileHandle& file) const noexcept {
  if (const auto its = check(file); !its) return std::unexpected(its.error());
  if (os::unlink_at(directory_.number(), name_.c_str()) == -1) return std::unexpected(system_error(errno));
  struct stat left{};
  // Where that is not told, the file is taken to have another name.
  return os::status(file.number(), &left) == 0 && left.st_nlink == 0;
}

}  // namespace rarena::detail
