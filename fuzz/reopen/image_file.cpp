#include "fuzz/reopen/image_file.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
  const auto file = detail::LockedFile::open(path_, detail::FileAccess::read_only);
  require(file.has_value(), "open");
  if (const auto identity = file->identity()) identity_ = *identity;
}

ImageFile::~ImageFile() {
  if (!map_.empty()) ::munmap(map_.data(), map_.size());
  ::close(number_);
}

// Asked each time: what is tested may have changed it.
std::size_t ImageFile::size() const {
  struct stat status{};
  require(::fstat(number_, &status) == 0, "fstat");
  return static_cast<std::size_t>(status.st_size);
}

std::span<std::byte> ImageFile::contents() const {
  constexpr std::size_t at_least = 1U << 16U;
  const std::size_t size = this->size();
  if (size > map_.size()) {
    if (!map_.empty()) ::munmap(map_.data(), map_.size());
    const std::size_t length = std::max(size, at_least);
    void* const address = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, number_, 0);
    require(address != MAP_FAILED, "mmap");
    map_ = {static_cast<std::byte*>(address), length};
  }
  return map_.first(size);
}

void ImageFile::write(std::span<const std::byte> bytes) {
  if (size() != bytes.size()) require(::ftruncate(number_, static_cast<off_t>(bytes.size())) == 0, "ftruncate");
  std::ranges::copy(bytes, contents().begin());
}

bool ImageFile::holds(std::span<const std::byte> bytes) const { return std::ranges::equal(contents(), bytes); }

std::vector<std::byte> ImageFile::bytes() const {
  const auto now = contents();
  return {now.begin(), now.end()};
}

}  // namespace rarena::fuzz
