#include "numbers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <istream>
#include <limits>
#include <memory>
#include <system_error>

namespace rarena::tools {

namespace {

std::uint64_t take_unit(std::string_view& text) {
  const char last = text.empty() ? '\0' : text.back();
  const unsigned shift = last == 'K' ? 10 : last == 'M' ? 20 : last == 'G' ? 30 : 0;
  if (shift != 0) text.remove_suffix(1);
  return std::uint64_t{1} << shift;
}

std::string_view trimmed(std::string_view text) {
  constexpr const char* blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

std::expected<Extent, std::string> parse_pair(std::string_view text, std::size_t middle) {
  if (middle == std::string_view::npos) return std::unexpected(fmt::format("expected OFFSET:SIZE, found '{}'", text));
  constexpr std::uint64_t most = std::numeric_limits<Size>::max();
  const auto offset = parse_number(trimmed(text.substr(0, middle)), most);
  const auto size = parse_number(trimmed(text.substr(middle + 1)), most);
  if (!offset || !size)
    return std::unexpected(fmt::format("expected OFFSET:SIZE, found '{}': {}", text, !offset ? offset.error() : size.error()));
  return Extent{static_cast<Offset>(*offset), static_cast<Size>(*size)};
}

}  // namespace

std::expected<std::uint64_t, std::string> parse_number(std::string_view text, std::uint64_t most) {
  std::string_view digits = text;
  const std::uint64_t unit = take_unit(digits);
  const bool hexadecimal = digits.starts_with("0x");
  if (hexadecimal) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const char* const begin = std::to_address(digits.begin());
  const char* const end = begin + digits.size();
  const auto [stop, error] = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
  if (error == std::errc::invalid_argument || stop != end)
    return std::unexpected(fmt::format("expected a number, found '{}'", text));
  if (error == std::errc::result_out_of_range || value > most / unit)
    return std::unexpected(fmt::format("expected at most {}, found '{}'", most, text));
  return value * unit;
}

std::expected<std::uint32_t, std::string> parse_mode(std::string_view text) {
  constexpr std::uint32_t most = 07777;
  std::uint32_t mode = 0;
  const char* const begin = std::to_address(text.begin());
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, mode, 8);
  if (error != std::errc() || stop != end || mode > most)
    return std::unexpected(fmt::format("expected an octal mode up to {:o}, found '{}'", most, text));
  return mode;
}

std::expected<Extent, std::string> parse_extent(std::string_view text) { return parse_pair(text, text.find(':')); }

std::expected<std::vector<Extent>, std::string> parse_extents(std::istream& lines) {
  std::vector<Extent> extents;
  std::string line;
  for (std::uint64_t number = 1; std::getline(lines, line); ++number) {
    const std::string_view text = trimmed(std::string_view(line).substr(0, line.find('#')));
    if (text.empty()) continue;
    const bool colon = text.contains(':');
    const auto extent = parse_pair(text, text.find_first_of(colon ? ":" : " \t"));
    if (!extent) return std::unexpected(fmt::format("line {}: {}", number, extent.error()));
    extents.push_back(*extent);
  }
  if (lines.bad()) return std::unexpected("could not be read to its end");
  return extents;
}

}  // namespace rarena::tools
