// How far Relacy must go to find each bug of the corpus, and as the violation of which invariant; which bugs it cannot
// find, and why.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "models/corpus/corpus.hpp"

namespace rarena::models::relacy {

struct Budget {
  std::string_view mutant;
  std::string_view invariant;         // what Relacy reports
  std::uint64_t random = 0;           // so many random iterations, or (0) all schedules with at most one context switch
  std::string_view not_found_reason;  // empty: it must be found
};

// Race and liveness IDs are Relacy's own findings (DATA RACE, LIVELOCK); the others are checks of models/scenario/monitor.hpp.
inline constexpr std::array budgets = {
    Budget{"no_tags", "FL-3", 0, ""},
    Budget{"no_tags_consequence", "SEG-3", 0, ""},
    Budget{"no_tags_spare_stack", "FL-3", 0, ""},
    Budget{"no_helping", "PRG-1", 0, ""},
    Budget{"no_confirmation", "SEG-2", 0, ""},
    Budget{"own_link_relaxed", "SEG-3", 0, ""},
    Budget{"publish_relaxed", "SEG-2", 0, ""},
    Budget{"list_loads_relaxed", "SEG-2", 0, ""},
    Budget{"unlink_relaxed", "SEG-2", 0, ""},
    Budget{"extent_relaxed", "PRG-1", 200'000, ""},
    Budget{"give_back_relaxed", "SEG-3", 0, ""},
    Budget{"bump_relaxed", "SEG-3", 0, ""},
    Budget{"spare_push_relaxed", "FL-2", 20'000, ""},
    Budget{"no_validation", "SEG-1", 0, ""},
    Budget{"blind_give_back", "CUR-1", 0, ""},
    Budget{"unsorted_insert", "FL-1", 0, ""},
    Budget{"missed_fit", "FL-4", 0, ""},
    Budget{"wrapping_sizes", "SEG-1", 0, ""},
    Budget{"crate_protocol", "PRG-1", 0, ""},
};

constexpr const Budget& budget_of(std::string_view mutant) { return *std::ranges::find(budgets, mutant, &Budget::mutant); }

static_assert(std::ranges::equal(budgets, corpus, {}, &Budget::mutant, &Mutant::name), "one row per bug, in the corpus' order");

}  // namespace rarena::models::relacy
