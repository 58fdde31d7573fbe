// Histories as bytes, for engines that make up bytes: every string of bytes is a history, and every history has a string.
//
//     14 bytes    the setting          4 bytes each    an operation: kind, choice, and 16 bits of the amount
//
// decode(encode(history)) is the history; encode(decode(bytes)) is the shortest form of the bytes. A cut operation is none.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/operations/operation.hpp"

namespace rarena::operations {

inline constexpr std::size_t setting_bytes = 14, operation_bytes = 4;

History decode(std::span<const std::uint8_t> bytes);
std::vector<std::uint8_t> encode(const History& history);

}  // namespace rarena::operations
