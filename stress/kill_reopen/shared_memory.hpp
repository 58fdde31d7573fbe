// Memory that a child shares with its parent, zero when it is new.
//
// Thread safety: the bytes are the owner's to share.
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

namespace rarena::stress {

class SharedMemory {
 public:
  // Throws std::system_error.
  explicit SharedMemory(std::size_t size) : size_(size) {
    void* const made = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    bytes_ = static_cast<std::byte*>(made);
  }
  ~SharedMemory() { ::munmap(bytes_, size_); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  std::byte* data() const { return bytes_; }

 private:
  std::size_t size_;
  std::byte* bytes_ = nullptr;
};

}  // namespace rarena::stress
