#include "catalogue.hpp"

#include <algorithm>
#include <stdexcept>

#include "embedded.hpp"
#include "names.hpp"

namespace rarena::models {

using nlohmann::ordered_json;

namespace {

Expectation read_expectation(const ordered_json& json) {
  Expectation expect{.otherwise = json.at("else")};
  if (json.contains("allocated")) expect.least = expect.most = json["allocated"];
  if (json.contains("allocated_at_least")) expect.least = json["allocated_at_least"];
  if (json.contains("allocated_by_thread")) expect.by_thread = json["allocated_by_thread"].get<std::vector<unsigned>>();
  if (json.size() != 2 || expect.by_thread.size() > maximum_threads || (expect.least == 0 && expect.by_thread.empty()))
    throw std::invalid_argument("expect: expected 'else', and one of 'allocated', 'allocated_at_least', 'allocated_by_thread'");
  return expect;
}

Scenario read_scenario(const ordered_json& json) {
  Scenario s{.name = json.at("name"), .freelists = {}, .about = json.at("about"), .not_shown = json.at("not_shown")};
  for (const auto& kind : json.at("freelists")) s.freelists.add(value_or_throw(freelist_named(kind.get<std::string>())));
  s.program = value_or_throw(parse(json.at("program").get<std::string>()));
  if (json.contains("expect")) s.expect = read_expectation(json["expect"]);
  s.slab = json.value("slab", s.slab);
  return s;
}

const ordered_json& catalogue_file() {
  static const ordered_json json = ordered_json::parse(embedded::scenarios);
  return json;
}

}  // namespace

std::vector<Scenario> read_scenarios(std::string_view text) {
  std::vector<Scenario> all;
  std::string name = "the file";
  try {
    const ordered_json json = ordered_json::parse(text);
    for (const auto& entry : json.at("scenarios")) {
      name = "scenario " + entry.value("name", "without a name");
      all.push_back(read_scenario(entry));
      if (std::ranges::count(all, all.back().name, &Scenario::name) != 1)
        throw std::invalid_argument("its name is there twice");
    }
  } catch (const ordered_json::exception& error) {
    throw std::invalid_argument("scenarios.json: " + name + ": " + error.what());
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("scenarios.json: " + name + ": " + error.what());
  }
  return all;
}

std::span<const Scenario> scenarios() {
  static const std::vector<Scenario> all = read_scenarios(embedded::scenarios);
  return all;
}

const Scenario* scenario_named(std::string_view name) {
  const auto all = scenarios();
  const auto it = std::ranges::find(all, name, &Scenario::name);
  return it == all.end() ? nullptr : &*it;
}

ordered_json efforts_of(std::string_view scenario, std::string_view engine) {
  ordered_json efforts = catalogue_file().at("efforts").at(engine);
  for (const auto& entry : catalogue_file().at("scenarios"))
    if (entry.at("name") == scenario && entry.contains("efforts") && entry["efforts"].contains(engine))
      efforts.update(entry["efforts"][std::string(engine)]);
  return efforts;
}

}  // namespace rarena::models
