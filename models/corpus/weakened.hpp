// Weakened rows: every ordered row of the ledger, one step weaker, as a mutant of its own for any scenario. The kill matrix
// runs them all; each must be killed by some scenario, or be recorded here as one that nothing can kill, with the argument.
//
// Thread safety: functions of their arguments.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus.hpp"

namespace rarena::models {

inline constexpr std::string_view weakened_prefix = "weaken:";

// "weaken:SITE=ORDER" for every row and every order that is one step weaker. The shipped code but for that order.
std::span<const Mutant> weakened_rows();

// The one of this name; nullptr: there is none.
const Mutant* weakened_row(std::string_view name);

// A row that no scenario kills, although it is ordered.
struct Equivalent {
  Site site;
  std::string_view why;
};

// Why the scenarios cannot kill it; empty: they must.
std::string_view why_not_killed(Site site);

}  // namespace rarena::models
