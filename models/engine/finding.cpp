#include "finding.hpp"

#include <fstream>

namespace rarena::models {

using nlohmann::ordered_json;

ordered_json to_json(const Finding& f) {
  return {{"rarena_finding", 1},
          {"engine", f.engine},
          {"version", RARENA_VERSION},
          {"analysis", f.analysis.name},
          {"scenario", f.names.scenario},
          {"freelist", f.names.freelist},
          {"bug", f.names.bug},
          {"options", f.analysis.options},
          {"bounds", to_json(f.bounds)},
          {"violation", {{"kind", f.violation.kind}, {"invariant", f.violation.invariant}, {"message", f.violation.message}}},
          {"suspects", f.suspects},
          {"attachments", f.attachments}};
}

std::expected<Finding, std::string> finding_of(const ordered_json& json) {
  if (!json.is_object() || !json.contains("rarena_finding"))
    return std::unexpected("expected a finding: a JSON object with a field \"rarena_finding\"");
  try {
    if (const auto& format = json["rarena_finding"]; format != 1)
      return std::unexpected("expected a finding of format 1, found format " + format.dump());
    const auto& violation = json.at("violation");
    return Finding{.engine = json.at("engine"),
                   .names = {json.at("scenario"), json.at("freelist"), json.at("bug")},
                   .analysis = {json.at("analysis"), json.at("options")},
                   .bounds = bounds_of(json.at("bounds")),
                   .violation = {violation.at("kind"), violation.at("invariant"), violation.at("message")},
                   .suspects = json.at("suspects").get<std::vector<std::string>>(),
                   .attachments = json.at("attachments")};
  } catch (const ordered_json::exception& error) {
    return std::unexpected(std::string("expected a finding: ") + error.what());
  }
}

std::expected<void, std::string> write_finding(const std::string& path, const Finding& finding) {
  std::ofstream file(path);
  file << to_json(finding).dump(1) << "\n";
  if (!file.flush()) return std::unexpected("cannot write the finding '" + path + "'");
  return {};
}

std::expected<Finding, std::string> read_finding(const std::string& path, std::string_view engine) {
  std::ifstream file(path);
  if (!file) return std::unexpected("cannot open '" + path + "'");
  const auto json = ordered_json::parse(file, nullptr, false);
  if (json.is_discarded()) return std::unexpected("'" + path + "' is not JSON");
  auto finding = finding_of(json);
  if (!finding) return std::unexpected("'" + path + "': " + finding.error());
  if (finding->engine != engine)
    return std::unexpected("'" + path + "': expected a finding of the engine " + std::string(engine) + ", found one of " +
                           finding->engine);
  return finding;
}

}  // namespace rarena::models
