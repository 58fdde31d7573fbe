#include "churn/settings.hpp"

#include <stdexcept>

namespace rarena::stress {

namespace {

template <class T>
T named(const std::map<std::string, T>& names, const nlohmann::json& key) {
  const auto found = names.find(key.get<std::string>());
  if (found == names.end()) throw std::runtime_error("expected a name of a backing or a freelist, found " + key.dump());
  return found->second;
}

}  // namespace

nlohmann::json to_json(const Settings& settings) {
  return {{"seed", settings.seed},
          {"backing", key_of(backings, settings.backing)},
          {"freelist", key_of(freelists, settings.freelist)},
          {"capacity", settings.capacity},
          {"threads", settings.threads},
          {"operations", settings.operations},
          {"seconds", settings.seconds},
          {"round", settings.round},
          {"stall_seconds", settings.stall_seconds},
          {"hesitate", settings.hesitate},
          {"bug", settings.bug}};
}

Settings settings_from(const nlohmann::json& from) {
  Settings settings;
  settings.seed = from.at("seed");
  settings.backing = named(backings, from.at("backing"));
  settings.freelist = named(freelists, from.at("freelist"));
  settings.capacity = from.at("capacity");
  settings.threads = from.at("threads");
  settings.operations = from.at("operations");
  settings.seconds = from.at("seconds");
  settings.round = from.at("round");
  settings.stall_seconds = from.at("stall_seconds");
  settings.hesitate = from.at("hesitate");
  settings.bug = from.at("bug");
  return settings;
}

}  // namespace rarena::stress
