// What a run has seen, as a table and as JSON; and the line that shows how far it is.
//
// Thread safety: for one thread.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "kill_reopen/judge.hpp"
#include "kill_reopen/process.hpp"
#include "kill_reopen/sides.hpp"

namespace rarena::stress {

// The steps whose kills are counted where one hit the middle: the child had announced its beginning, and not its end.
enum class Middle : std::uint8_t { creation, two_creations, growing, shrinking, rebuild, close, take_over, many_files, count };

inline constexpr std::size_t middles = static_cast<std::size_t>(Middle::count);

constexpr const char* name(Middle middle) {
  constexpr std::array<const char*, middles> names = {"creation", "two_creations", "growing",   "shrinking",
                                                      "rebuild",  "close",         "take_over", "many_files"};
  return names[static_cast<std::size_t>(middle)];
}

struct Tallies {
  std::uint64_t cycles = 0;
  std::uint64_t kills = 0;
  std::uint64_t delayed_kills = 0;                  // of children on DelayingStore
  std::array<std::uint64_t, phases> kills_in = {};  // by phase
  std::array<std::uint64_t, roles> kills_of = {};   // by role
  std::uint64_t kills_beside = 0;                   // in cycles beside
  std::array<std::uint64_t, middles> in_the_middle = {};
  std::uint64_t creations = 0, made = 0;         // cycles beside; the file was there afterwards
  std::uint64_t many_files = 0, files_open = 0;  // the same; files that were open in a process that was killed
  std::uint64_t finished = 0;                    // children that came to their end and closed
  std::uint64_t own_deaths = 0;                  // or died at it, without closing
  std::array<std::uint64_t, 5> found = {};       // by Recovery::Opening: what the next opening reports
  std::uint64_t cut_openings = 0;
  std::uint64_t cut_exclusives = 0;
  std::uint64_t with_reclaimed = 0;  // cycles that left a marked and linked segment
  Tally reclaimed;
  std::uint64_t lost_bytes = 0;     // by openings of untrusted files
  std::uint64_t leaked_bytes = 0;   // unlisted bytes that nobody owned, summed over the cycles that left them
  std::uint64_t live_segments = 0;  // summed over cycles
  std::uint64_t broken_seals = 0, damaged_lists = 0;
  std::uint64_t reopenings = 0, rebuilds = 0;
  std::array<std::uint64_t, counts> operations = {};

  void add(const Seen& seen, const Ending& ending, Role role, bool delaying);
  void add(const SideCycle& cycle);
};

struct RunFacts {
  std::uint64_t seed = 0;
  std::string freelist, bug;
  std::uint64_t capacity = 0;
  unsigned threads = 0;
  double seconds = 0;
};

std::string table(const RunFacts& facts, const Tallies& tallies);
nlohmann::json to_json(const RunFacts& facts, const Tallies& tallies);

// One line that writes over itself; nothing where standard error is no terminal.
class ProgressLine {
 public:
  ProgressLine();
  void show(const std::string& text);
  void clear();

 private:
  bool terminal_;
};

}  // namespace rarena::stress
