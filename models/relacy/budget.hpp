// How far Relacy must go to find each bug of the corpus, and as the violation of which invariant; which bugs it cannot
// find, and why.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "models/corpus/corpus.hpp"
#include "models/engine/listing.hpp"

namespace rarena::models::relacy {

// Race and liveness IDs are Relacy's own findings (DATA RACE, LIVELOCK); the others are checks of models/scenario/monitor.hpp.
inline constexpr std::array searches = {
    Search{"no_tags", "FL-3", "bound", 1},
    Search{"no_tags_consequence", "SEG-3", "bound", 1},
    Search{"no_tags_spare_stack", "FL-3", "bound", 1},
    Search{"no_helping", "PRG-1", "bound", 1},
    Search{"no_confirmation", "SEG-2", "bound", 1},
    Search{"own_link_relaxed", "SEG-3", "bound", 1},
    Search{"publish_relaxed", "SEG-2", "bound", 1},
    Search{"list_loads_relaxed", "SEG-2", "bound", 1},
    Search{"unlink_relaxed", "SEG-2", "bound", 1},
    Search{"extent_relaxed", "PRG-1", "random", 0, 200'000},
    Search{"give_back_relaxed", "SEG-3", "bound", 1},
    Search{"bump_relaxed", "SEG-3", "bound", 1},
    Search{"spare_push_relaxed", "FL-2", "random", 0, 20'000},
    Search{"no_validation", "SEG-1", "bound", 1},
    Search{"blind_give_back", "CUR-1", "bound", 1},
    Search{"unsorted_insert", "FL-1", "bound", 1},
    Search{"missed_fit", "FL-4", "bound", 1},
    Search{"wrapping_sizes", "SEG-1", "bound", 1},
    Search{"crate_protocol", "PRG-1", "bound", 1},
};

constexpr const Search& search_of(std::string_view mutant) { return *std::ranges::find(searches, mutant, &Search::mutant); }

static_assert(std::ranges::equal(searches, corpus, {}, &Search::mutant, &Mutant::name),
              "one row per bug, in the corpus' order");

}  // namespace rarena::models::relacy
