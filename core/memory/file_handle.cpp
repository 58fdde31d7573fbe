#include "file_handle.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace rarena {

std::expected<FileHandle, Error> FileHandle::open(const char* path, int flags) noexcept {
  return FileHandle(AT_FDCWD).open_inside(path, flags);
}

std::expected<FileHandle, Error> FileHandle::open_inside(const char* path, int flags) const noexcept {
  const int number = uninterrupted([&] { return ::openat(number_, path, flags | O_CLOEXEC, 0644); });
  if (number == -1) return std::unexpected(system_error(errno));
  return FileHandle(number);
}

FileHandle::~FileHandle() {
  if (number_ >= 0) ::close(number_);  // never repeated: it is closed even when interrupted
}

}  // namespace rarena
