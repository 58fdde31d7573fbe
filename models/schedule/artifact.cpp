#include "artifact.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "budget.hpp"
#include "models/engine/listing.hpp"

namespace rarena::models::schedule {

using nlohmann::ordered_json;

namespace {

std::string to_hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::optional<std::vector<std::uint8_t>> from_hex(const std::string& text) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digits.find(text[i]), low = digits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high << 4U | low));
  }
  return bytes;
}

ordered_json to_json(std::uint64_t random) { return {{"bound", 0}, {"random", random}}; }

}  // namespace

ordered_json catalogue() {
  const auto effort = [](const Info&, Freelist) { return std::pair(to_json(quick_inputs), to_json(full_inputs)); };
  return listing("schedule", "each", all_entries(), effort, search_of);
}

ordered_json to_json(const Artifact& a) {
  return {{"engine", "schedule"},     {"scenario", a.names.scenario}, {"freelist", a.names.freelist},
          {"mutant", a.names.mutant}, {"bytes", to_hex(a.bytes)},     {"invariant", invariant_of(a.message)},
          {"message", a.message}};
}

bool write_artifact(const std::string& path, const Artifact& artifact) {
  std::ofstream file(path);
  file << to_json(artifact).dump(2) << "\n";
  return static_cast<bool>(file.flush());
}

std::expected<Artifact, std::string> read_artifact(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::unexpected("cannot open artifact '" + path + "'");
  const auto json = ordered_json::parse(file, nullptr, false);
  if (!json.is_object()) return std::unexpected("'" + path + "' is not a JSON object");
  const auto text = [&](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
  };
  if (text("engine") != "schedule")
    return std::unexpected("'" + path + "': expected engine \"schedule\", found \"" + text("engine") + "\"");
  const auto bytes = from_hex(text("bytes"));
  if (!json.contains("bytes") || !bytes)
    return std::unexpected("'" + path + "': expected \"bytes\" as pairs of hexadecimal digits");
  return Artifact{{text("scenario"), text("freelist"), text("mutant")}, *bytes, text("message")};
}

std::string describe(const Names& names) {
  return fmt::format("{}, freelist {}{}", names.scenario, names.freelist,
                     names.mutant.empty() ? "" : ", mutant " + names.mutant);
}

}  // namespace rarena::models::schedule
