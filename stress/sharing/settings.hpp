// Settings of a run: what decides it, but for the schedules of the system and the moments of the kills.
//
// Thread safety: values only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/arena/options.hpp"
#include "core/layout/prefix.hpp"
#include "shared/freelists.hpp"
#include "shared/names.hpp"

namespace rarena::stress {

enum class SharingBug : std::uint8_t { none, free_first, spin_lock };

inline const std::map<std::string, SharingBug> sharing_bugs = {
    {"free_first", SharingBug::free_first}, {"spin_lock", SharingBug::spin_lock}, {"none", SharingBug::none}};

struct SharingSettings {
  std::uint64_t seed = 1;
  Freelist freelist = Freelist::pessimistic;
  std::uint64_t capacity = 1 << 20;
  std::uint32_t processes = 4;
  double calm_seconds = 1;       // without kills, in front
  double seconds = 3;            // with kills
  std::uint64_t kills = 0;       // so many instead, if not 0
  double kill_every_ms = 100;    // on average
  double patience_seconds = 10;  // so long there may be no end of any call
  SharingBug bug = SharingBug::none;
  std::filesystem::path directory;

  std::filesystem::path file() const { return directory / "sharing.arena"; }
  Options options() const { return {.capacity = capacity, .freelist = freelist, .create = true, .shared = true}; }
};

// All but the folder.
inline nlohmann::json to_json(const SharingSettings& s) {
  return {{"seed", s.seed},
          {"freelist", name(s.freelist)},
          {"capacity", s.capacity},
          {"processes", s.processes},
          {"calm", s.calm_seconds},
          {"seconds", s.seconds},
          {"kills", s.kills},
          {"kill-every", s.kill_every_ms},
          {"patience", s.patience_seconds},
          {"bug", key_of(sharing_bugs, s.bug)}};
}
// Throws what nlohmann::json throws, and std::runtime_error if a name means nothing.
inline SharingSettings sharing_settings_from(const nlohmann::json& json) {
  return {.seed = json.at("seed"),
          .freelist = named(freelists_by_name(), json.at("freelist").get<std::string>()),
          .capacity = json.at("capacity"),
          .processes = json.at("processes"),
          .calm_seconds = json.at("calm"),
          .seconds = json.at("seconds"),
          .kills = json.at("kills"),
          .kill_every_ms = json.at("kill-every"),
          .patience_seconds = json.at("patience"),
          .bug = named(sharing_bugs, json.at("bug").get<std::string>()),
          .directory = {}};
}

}  // namespace rarena::stress
