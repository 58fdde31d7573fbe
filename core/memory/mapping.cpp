#include "mapping.hpp"

#include <sys/mman.h>

#include <cerrno>

#include "../layout/extent.hpp"
#include "system.hpp"

namespace rarena::detail {

std::size_t page_size() noexcept {
  static const std::size_t size = os::page_size();
  return size;
}

namespace {

std::expected<void, Error> outcome_of(int result) noexcept {
  if (result == -1) return std::unexpected(system_error(errno));
  return {};
}

// Larger than a page, and no more than an address has bits.
constexpr unsigned least_huge = 13, most_huge = 46;

}  // namespace

std::expected<void, Error> lock_pages(std::byte* start, std::size_t size) noexcept {
  return outcome_of(os::lock_memory(start, size));
}

std::expected<void, Error> unlock_pages(std::byte* start, std::size_t size) noexcept {
  return outcome_of(os::unlock_memory(start, size));
}

std::expected<Mapping, Error> Mapping::anonymous(std::size_t length, Pages pages) noexcept {
  unsigned flags = MAP_PRIVATE | MAP_ANONYMOUS | (pages.populate ? MAP_POPULATE : 0);
  if (pages.huge) {
    const unsigned bits = *pages.huge;
    if (bits < least_huge || bits > most_huge) return std::unexpected(system_error(EINVAL));
    flags |= MAP_HUGETLB | bits << MAP_HUGE_SHIFT;
    length = align_up(length, std::size_t{1} << bits);  // only whole ones can be unmapped
  }
  return map(length, true, static_cast<int>(flags), -1);
}

std::expected<Mapping, Error> Mapping::file(std::size_t length, int file, FileAccess access, bool populate) noexcept {
  const int sharing = is_copy(access) ? MAP_PRIVATE : MAP_SHARED;
  return map(length, false, populate ? sharing | MAP_POPULATE : sharing, file);
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

}  // namespace rarena::detail
