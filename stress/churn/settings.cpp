#include "churn/settings.hpp"

#include "shared/fields.hpp"

namespace rarena::stress {

namespace {

void fields(auto& settings, const auto& field) {
  field("seed", settings.seed);
  field("backing", settings.backing, backings);
  field("freelist", settings.freelist, freelists);
  field("capacity", settings.capacity);
  field("threads", settings.threads);
  field("operations", settings.operations);
  field("seconds", settings.seconds);
  field("round", settings.round);
  field("stall_seconds", settings.stall_seconds);
  field("hesitate", settings.hesitate);
  field("bug", settings.bug);
}

}  // namespace

nlohmann::json to_json(const Settings& settings) {
  nlohmann::json written;
  fields(settings, WriteField(written));
  return written;
}

Settings settings_from(const nlohmann::json& from) {
  Settings settings;
  fields(settings, ReadField(from));
  return settings;
}

}  // namespace rarena::stress
