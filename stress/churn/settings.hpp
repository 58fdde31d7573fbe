// What a run of churn is made of: the command line's options, and as much of them as an artifact keeps.
//
// Thread safety: values only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/layout/extent.hpp"
#include "core/layout/prefix.hpp"
#include "shared/freelists.hpp"
#include "shared/names.hpp"

namespace rarena::stress {

enum class Backing : std::uint8_t { heap, anonymous, file };

inline const std::map<std::string, Backing> backings = {
    {"heap", Backing::heap}, {"anonymous", Backing::anonymous}, {"file", Backing::file}};
inline const std::map<std::string, Freelist> freelists = freelists_by_name();

struct Settings {
  std::uint64_t seed = 1;
  Backing backing = Backing::heap;
  Freelist freelist = Freelist::optimistic;
  Size capacity = 8 * 1024;
  unsigned threads = 4;
  std::uint64_t operations = 20'000;  // of each thread; 0: as many as the seconds allow
  double seconds = 0;                 // 0: as long as it takes
  std::uint64_t round = 500;          // operations of each thread between two checks
  double stall_seconds = 20;
  unsigned hesitate = 0;  // before one access of a shared word in so many the processor is given up; 0: never
  std::string bug = {};   // a known bug of code (models/bugs); empty: the shipped code
  std::filesystem::path directory = "build/artifacts/churn";
  std::string json = {};  // where the table goes too
  bool attempt = false;   // of a repro: its artifact does not stay
};

// Everything but directory, json and attempt. `settings_from` throws what nlohmann::json throws, and std::runtime_error for
// unknown names.
nlohmann::json to_json(const Settings& settings);
Settings settings_from(const nlohmann::json& from);

}  // namespace rarena::stress
