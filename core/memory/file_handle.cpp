#include "file_handle.hpp"

#include <fcntl.h>

#include "system.hpp"

namespace rarena {

std::expected<FileHandle, Error> FileHandle::open(const char* path, int flags, FileMode mode) noexcept {
  return FileHandle(AT_FDCWD).open_inside(path, flags, mode);
}

std::expected<FileHandle, Error> FileHandle::open_inside(const char* path, int flags, FileMode mode) const noexcept {
  const int number = detail::uninterrupted([&] { return detail::os::open_at(number_, path, flags | O_CLOEXEC, mode); });
  if (number == -1) return std::unexpected(system_error(errno));
  return FileHandle(number);
}

FileHandle::~FileHandle() {
  if (number_ >= 0) detail::os::close(number_);  // never repeated: it is closed even when interrupted
}

}  // namespace rarena
