#include "boot_id.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <system_error>

#include "file_handle.hpp"

namespace rarena {

namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

std::optional<BootId> read_boot_id() noexcept {
  const auto file = FileHandle::open("/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!file) return std::nullopt;
  std::array<char, text_size> text{};
  const auto count = uninterrupted([&] { return ::read(file->number(), text.data(), text.size()); });
  if (count != ssize_t{text_size}) return std::nullopt;
  return parse_boot_id({text.data(), text.size()});
}

}  // namespace

std::optional<BootId> boot_id() noexcept {
  static const std::optional<BootId> id = read_boot_id();
  return id;
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

}  // namespace rarena
