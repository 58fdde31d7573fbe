// What a run of long_runs is made of: the command line's options, and as much of them as an artifact keeps.
//
// Thread safety: values only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/arena/options.hpp"
#include "core/layout/extent.hpp"
#include "core/layout/prefix.hpp"
#include "shared/freelists.hpp"
#include "shared/names.hpp"

namespace rarena::stress {

// Known bugs that the limits must find.
enum class Bug : std::uint8_t {
  none,
  no_merging,     // neighbours that are free are joined on request only, and nobody requests it
  eager_merging,  // every refusal merges, whatever the hints say
  leak,           // one free in a thousand is forgotten
};

inline const std::map<std::string, Bug> bugs = {
    {"eager_merging", Bug::eager_merging}, {"leak", Bug::leak}, {"no_merging", Bug::no_merging}};
inline const std::map<std::string, Freelist> freelists = lists_by_name();

struct Settings {
  std::string run = {};  // occupancy, shatter, frag, pmr, soak, pair_cost
  std::uint64_t seed = 1;
  Freelist freelist = Freelist::optimistic;
  Size capacity = 1U << 20U;
  std::string sizes = "16..8191";  // a mix of mix.hpp
  bool shift = false;              // small, then large, then small sizes, in thirds of the run
  unsigned load = 45;              // percent of the data bytes that are live
  unsigned threads = 1;
  std::uint64_t operations = 1'000'000;  // of all threads; pmr: of each container
  double minutes = 0;                    // soak: so long, instead of operations
  double every = 1;                      // soak: seconds between two samples, if it runs for minutes
  Size segments = 0;                     // soak: free segments that nothing fits in; pair_cost: the most
  std::uint64_t reserve = Options().descriptor_reserve;
  Bug bug = Bug::none;
  std::filesystem::path directory = "build/artifacts/long_runs";
  std::string json = {};  // where the numbers go too
};

// Everything but directory and json. `settings_from` throws what nlohmann::json throws, and std::runtime_error for unknown
// names.
nlohmann::json to_json(const Settings& settings);
Settings settings_from(const nlohmann::json& from);

}  // namespace rarena::stress
