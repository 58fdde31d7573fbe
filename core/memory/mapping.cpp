#include "mapping.hpp"

#include <sys/mman.h>

#include <cerrno>

#include "system.hpp"

namespace rarena {

std::size_t page_size() noexcept {
  static const std::size_t size = os::page_size();
  return size;
}

std::expected<Mapping, Error> Mapping::anonymous(std::size_t length) noexcept {
  return map(length, true, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

std::expected<Mapping, Error> Mapping::file(std::size_t length, int file, FileAccess access) noexcept {
  return map(length, false, is_copy(access) ? MAP_PRIVATE : MAP_SHARED, file);
}

std::expected<void, Error> Mapping::allow_writing() noexcept {
  if (os::protect(address(), length(), PROT_READ | PROT_WRITE) == -1) return std::unexpected(system_error(errno));
  writable_ = true;
  return {};
}

std::expected<Mapping, Error> Mapping::map(std::size_t length, bool writable, int flags, int file) noexcept {
  void* const address = os::map(length, writable ? PROT_READ | PROT_WRITE : PROT_READ, flags, file);
  if (address == MAP_FAILED) return std::unexpected(system_error(errno));
  return Mapping(static_cast<std::byte*>(address), length, writable);
}

void Mapping::Unmap::operator()(std::byte* address) const noexcept { os::unmap(address, length); }

}  // namespace rarena
