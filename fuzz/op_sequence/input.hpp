// An input of the target op_sequence: a history as bytes (models/operations/bytes.hpp), or as text, which is what the seed
// corpus and promoted findings are, so that a person can read them.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "models/operations/bytes.hpp"
#include "models/operations/text.hpp"

namespace rarena::fuzz {

inline constexpr std::size_t history_limit = 2048;  // bytes of an input that is no text

inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Nothing: it is meant as text and cannot be read.
inline std::optional<operations::History> history_of(std::span<const std::uint8_t> bytes) {
  if (!as_text(bytes).starts_with(operations::first_line)) return operations::decode(bytes);
  auto history = operations::parse(as_text(bytes));
  if (!history) return std::nullopt;
  return std::move(*history);
}

}  // namespace rarena::fuzz
