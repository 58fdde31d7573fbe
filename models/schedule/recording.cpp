#include "recording.hpp"

#include <fmt/format.h>

namespace rarena::models::schedule {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

nlohmann::ordered_json recording_of(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return {{"bytes", text}};
}

std::expected<std::vector<std::uint8_t>, std::string> bytes_of(const nlohmann::ordered_json& attachments) {
  const auto wrong = std::unexpected("expected \"bytes\" among the attachments, as pairs of hexadecimal digits");
  if (!attachments.is_object() || !attachments.contains("bytes") || !attachments["bytes"].is_string()) return wrong;
  const auto text = attachments["bytes"].get<std::string>();
  if (text.size() % 2 != 0 || text.find_first_not_of(digits) != std::string::npos) return wrong;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digits.find(text[i]) << 4U | digits.find(text[i + 1])));
  return bytes;
}

}  // namespace rarena::models::schedule
