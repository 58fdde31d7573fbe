#include "long_runs/settings.hpp"

#include <stdexcept>

#include "long_runs/mix.hpp"

namespace rarena::stress {

namespace {

template <class T>
const T& named(const std::map<std::string, T>& names, const nlohmann::json& key) {
  const auto found = names.find(key.get<std::string>());
  if (found == names.end())
    throw std::runtime_error("expected the name of a freelist, a mix of sizes or a bug, found " + key.dump());
  return found->second;
}

}  // namespace

nlohmann::json to_json(const Settings& settings) {
  return {{"run", settings.run},
          {"seed", settings.seed},
          {"freelist", key_of(freelists, settings.freelist)},
          {"capacity", settings.capacity},
          {"sizes", settings.sizes},
          {"shift", settings.shift},
          {"load", settings.load},
          {"threads", settings.threads},
          {"operations", settings.operations},
          {"minutes", settings.minutes},
          {"every", settings.every},
          {"segments", settings.segments},
          {"reserve", settings.reserve},
          {"bug", key_of(bugs, settings.bug)}};
}

Settings settings_from(const nlohmann::json& from) {
  Settings settings;
  settings.run = from.at("run");
  settings.seed = from.at("seed");
  settings.freelist = named(freelists, from.at("freelist"));
  settings.capacity = from.at("capacity");
  settings.sizes = from.at("sizes");
  (void)named(mixes, from.at("sizes"));
  settings.shift = from.at("shift");
  settings.load = from.at("load");
  settings.threads = from.at("threads");
  settings.operations = from.at("operations");
  settings.minutes = from.at("minutes");
  settings.every = from.at("every");
  settings.segments = from.at("segments");
  settings.reserve = from.at("reserve");
  if (from.at("bug") != "") settings.bug = named(bugs, from.at("bug"));
  return settings;
}

}  // namespace rarena::stress
