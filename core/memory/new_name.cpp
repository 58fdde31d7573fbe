#include "new_name.hpp"

#include <fcntl.h>

#include <array>
#include <climits>
#include <cstdio>
#include <string>
#include <string_view>

#include "system.hpp"

namespace rarena::detail {

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

bool can_be_linked(const FileHandle& file) noexcept { return os::can_access(name_of(file).data()) == 0; }

}  // namespace

fs::path behind_links(fs::path path) {
  constexpr int most_links = 40;  // as the system follows
  for (int links = 0; links < most_links; ++links) {
    std::array<char, PATH_MAX> target;
    const ssize_t size = os::read_link(path.c_str(), target.data(), target.size());
    if (size <= 0 || os::can_access(path.c_str()) == 0) break;
    const fs::path next(std::string_view(target.data(), static_cast<std::size_t>(size)));
    path = next.is_absolute() ? next : path.parent_path() / next;
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
    // Appended to, because g++ 12 warns at -O3 of an overlap in what is put in front.
    std::string temporary = ".";
    temporary += name.string() + ".rarena-" + std::to_string(os::process()) + "-" + std::to_string(number);
    file = directory->open_inside(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL, mode);
    if (file) return Made{*std::move(file), NewName(*std::move(directory), std::move(name), std::move(temporary))};
    if (file.error() != system_error(EEXIST)) return std::unexpected(file.error());
  }
}

int NewName::link(const FileHandle& file) const noexcept {
  if (!temporary_.empty()) return os::link_at(directory_.number(), temporary_.c_str(), directory_.number(), name_.c_str(), 0);
  return os::link_at(AT_FDCWD, name_of(file).data(), directory_.number(), name_.c_str(), AT_SYMLINK_FOLLOW);
}

void NewName::forget_temporary() noexcept {
  if (!temporary_.empty()) os::unlink_at(directory_.number(), temporary_.c_str());
  temporary_.clear();
}

std::expected<void, Error> NewName::give(const FileHandle& file) noexcept {
  if (uninterrupted([&] { return os::synchronize(file.number()); }) == -1) return std::unexpected(system_error(errno));
  if (uninterrupted([&] { return link(file); }) == -1)
    return std::unexpected(errno == EEXIST ? Error{.code = ErrorCode::file_exists} : system_error(errno));
  forget_temporary();
  const int synced = uninterrupted([&] { return os::synchronize(directory_.number()); });
  // Some file systems have no durable folders to offer, and say so.
  if (synced == 0 || errno == EINVAL || errno == EOPNOTSUPP) return {};
  const Error error = system_error(errno);
  os::unlink_at(directory_.number(), name_.c_str());  // the file is still locked: nobody has begun to use it
  return std::unexpected(error);
}

}  // namespace rarena::detail
