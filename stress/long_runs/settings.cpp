#include "long_runs/settings.hpp"

#include "long_runs/mix.hpp"
#include "shared/fields.hpp"

namespace rarena::stress {

namespace {

const std::map<std::string, Bug> bugs_and_none = [] {
  auto all = bugs;
  all.emplace("", Bug::none);
  return all;
}();

void fields(auto& settings, const auto& field) {
  field("run", settings.run);
  field("seed", settings.seed);
  field("freelist", settings.freelist, freelists);
  field("capacity", settings.capacity);
  field("sizes", settings.sizes);
  field("shift", settings.shift);
  field("load", settings.load);
  field("threads", settings.threads);
  field("operations", settings.operations);
  field("minutes", settings.minutes);
  field("every", settings.every);
  field("segments", settings.segments);
  field("reserve", settings.reserve);
  field("bug", settings.bug, bugs_and_none);
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
  (void)named(mixes, settings.sizes);
  return settings;
}

}  // namespace rarena::stress
