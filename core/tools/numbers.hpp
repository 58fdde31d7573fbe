// Numbers, sizes and extents as they are typed.
//
//     number    decimal, or hexadecimal with 0x; K, M or G behind it counts in units of 1024, 1024^2, 1024^3 bytes
//     extent    OFFSET:SIZE
//     mode      octal, up to 7777: permissions as chmod(1) takes them
//
// An error is a line of English: what was expected, and what was found.
//
// Thread safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <expected>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "../layout/extent.hpp"

namespace rarena::tools {

std::expected<std::uint64_t, std::string> parse_number(std::string_view text, std::uint64_t most);

std::expected<std::uint32_t, std::string> parse_mode(std::string_view text);

std::expected<Extent, std::string> parse_extent(std::string_view text);

// One extent a line, "OFFSET:SIZE" or "OFFSET SIZE"; what follows a # is a comment. An error begins with the line's number.
std::expected<std::vector<Extent>, std::string> parse_extents(std::istream& lines);

}  // namespace rarena::tools
