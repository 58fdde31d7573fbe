#include "mapping.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace rarena {

std::size_t page_size() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

std::expected<Mapping, Error> Mapping::anonymous(std::size_t length) noexcept {
  return map(length, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

std::expected<Mapping, Error> Mapping::shared(std::size_t length, int file) noexcept { return map(length, MAP_SHARED, file); }

std::expected<Mapping, Error> Mapping::map(std::size_t length, int flags, int file) noexcept {
  void* const address = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, flags, file, 0);
  if (address == MAP_FAILED) return std::unexpected(system_error(errno));
  return Mapping(static_cast<std::byte*>(address), length);
}

void Mapping::Unmap::operator()(std::byte* address) const noexcept { ::munmap(address, length); }

}  // namespace rarena
