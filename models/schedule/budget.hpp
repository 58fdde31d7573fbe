// How many random inputs a scenario gets, how many the engine needs to find each bug of the corpus, and as the violation of
// which invariant it finds it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "models/corpus/corpus.hpp"
#include "models/engine/listing.hpp"

namespace rarena::models::schedule {

inline constexpr std::uint64_t quick_inputs = 50'000, full_inputs = 5'000'000;

inline constexpr std::array searches = {
    Search{"no_tags", "FL-3", "random", 0, 20'000},
    Search{"no_tags_consequence", "SEG-3", "random", 0, 20'000},
    Search{"no_tags_spare_stack", "FL-3", "random", 0, 20'000},
    Search{"no_helping", "PRG-1", "random", 0, 20'000},
    Search{"no_confirmation", "SEG-2", "random", 0, 20'000},
    Search{"own_link_relaxed", "SEG-3", "random", 0, 100'000},
    Search{"publish_relaxed", "SEG-2", "random", 0, 20'000},
    Search{"list_loads_relaxed", "SEG-2", "random", 0, 20'000},
    Search{"unlink_relaxed", "SEG-2", "random", 0, 20'000},
    Search{"extent_relaxed", "PRG-1", "random", 0, 1'000'000},
    Search{"give_back_relaxed", "SEG-3", "random", 0, 20'000},
    Search{"bump_relaxed", "SEG-3", "random", 0, 20'000},
    Search{"spare_push_relaxed", "FL-2", "random", 0, 20'000},
    Search{"no_validation", "SEG-1", "random", 0, 50'000},
    Search{"blind_give_back", "CUR-1", "random", 0, 20'000},
    Search{"unsorted_insert", "FL-1", "random", 0, 20'000},
    Search{"missed_fit", "FL-4", "random", 0, 20'000},
    Search{"wrapping_sizes", "SEG-1", "random", 0, 20'000},
    Search{"crate_protocol", "PRG-1", "random", 0, 20'000},
};

constexpr const Search& search_of(std::string_view mutant) { return *std::ranges::find(searches, mutant, &Search::mutant); }

static_assert(std::ranges::equal(searches, corpus, {}, &Search::mutant, &Mutant::name),
              "one row per bug, in the corpus' order");

}  // namespace rarena::models::schedule
