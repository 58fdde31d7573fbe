// Mix: the sizes that are asked for.
//
// Thread safety: values only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/layout/extent.hpp"
#include "long_runs/settings.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

struct Mix {
  Size least, most;
  unsigned octaves = 0;  // not 0: of so many powers of two from `least` on each is as likely as any other

  Size draw(Random& random) const {
    if (octaves == 0) return least + random.below(std::uint64_t{most} - least + 1);
    const Size base = least << random.below(octaves);
    return base + random.below(base);
  }
};

inline const std::map<std::string, Mix> mixes = {
    {"16", {16, 16}}, {"1..64", {1, 64}}, {"8..128", {8, 128}}, {"16..8191", {16, 8191, 9}}, {"1024..8191", {1024, 8191, 3}}};
inline const std::string small_sizes = "8..128", large_sizes = "1024..8191";

// A part of a run. The first one is the warm-up.
struct Phase {
  Mix mix;
  std::uint64_t operations;
};

// A quarter and the rest, or thirds.
inline std::vector<Phase> phases_of(const Settings& settings) {
  const std::uint64_t all = settings.operations;
  if (settings.shift)
    return {{mixes.at(small_sizes), all / 3}, {mixes.at(large_sizes), all / 3}, {mixes.at(small_sizes), all - all / 3 * 2}};
  const Mix& mix = mixes.at(settings.sizes);
  return {{mix, all / 4}, {mix, all - all / 4}};
}

}  // namespace rarena::stress
