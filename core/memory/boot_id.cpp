#include "boot_id.hpp"

#include <fcntl.h>

#include <charconv>
#include <cstdint>
#include <system_error>

#include "file_handle.hpp"
#include "system.hpp"

namespace rarena::detail {

namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

std::expected<BootId, Error> read_boot_id() noexcept {
  const auto file = FileHandle::open("/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!file) return std::unexpected(file.error());
  std::array<char, text_size> text{};
  const auto count = uninterrupted([&] { return os::read(file->number(), text.data(), text.size()); });
  if (count == -1) return std::unexpected(system_error(errno));
  const auto id = parse_boot_id({text.data(), static_cast<std::size_t>(count)});
  if (!id) return std::unexpected(system_error(ENODATA));
  return *id;
}

}  // namespace

std::expected<BootId, Error> boot_id() noexcept {
  thread_local std::optional<BootId> known;
  if (known) return *known;
  const auto read = read_boot_id();
  if (read) known = *read;
  return read;
}

std::optional<BootId> parse_boot_id(std::string_view text) noexcept {
  if (text.size() != text_size) return std::nullopt;
  BootId id{};
  std::size_t at = 0;
  for (std::byte& byte : id) {
    if (is_dash(at) && text[at++] != '-') return std::nullopt;
    std::uint8_t value = 0;
    const char* const end = text.data() + at + 2;
    if (std::from_chars(text.data() + at, end, value, 16) != std::from_chars_result{end, std::errc{}}) return std::nullopt;
    byte = std::byte{value};
    at += 2;
  }
  return id;
}

}  // namespace rarena::detail
