#include "fuzz/reopen/image_file.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/memory/locked_file.hpp"

namespace rarena::fuzz {

namespace {

void require(bool done, const char* call) {
  if (done) return;
  std::perror(call);
  std::abort();
}

}  // namespace

ImageFile::ImageFile() : number_(::memfd_create("image", MFD_CLOEXEC)) {
  require(number_ != -1, "memfd_create");
  path_ = "/proc/self/fd/" + std::to_string(number_);
  const auto file = LockedFile::open(path_, FileAccess::read_only);
  require(file.has_value(), "open");
  if (const auto identity = file->identity()) identity_ = *identity;
}

ImageFile::~ImageFile() { ::close(number_); }

void ImageFile::write(std::span<const std::byte> bytes) {
  require(::ftruncate(number_, static_cast<off_t>(bytes.size())) == 0, "ftruncate");
  require(::pwrite(number_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "pwrite");
}

std::vector<std::byte> ImageFile::bytes() const {
  struct stat status{};
  require(::fstat(number_, &status) == 0, "fstat");
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  require(::pread(number_, bytes.data(), bytes.size(), 0) == status.st_size, "pread");
  return bytes;
}

}  // namespace rarena::fuzz
