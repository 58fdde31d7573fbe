// How far the checker goes: exhaustively, but for the scenarios named here; and as the violation of which invariant it finds
// each bug of the corpus.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "models/corpus/corpus.hpp"
#include "models/engine/listing.hpp"

namespace rarena::models::checking {

// Not exhaustive: all executions at most `bound` deviations from the first, then so many random ones.
struct Effort {
  bool exhaustive = true;
  unsigned bound = 0;
  std::uint64_t random = 0;
};

struct Exception {
  std::string_view scenario;
  Effort quick, full;
};

inline constexpr std::array exceptions = {
    Exception{"churn", {false, 14, 20'000}, {false, 20, 2'000'000}},
    Exception{"three_threads_two_calls", {false, 14, 20'000}, {}},
    Exception{"two_threads_four_calls", {false, 20, 20'000}, {}},
};

constexpr Effort effort_of(std::string_view scenario, bool full) {
  const auto* it = std::ranges::find(exceptions, scenario, &Exception::scenario);
  return it == exceptions.end() ? Effort{} : full ? it->full : it->quick;
}

inline constexpr std::array searches = {
    Search{"no_tags", "FL-3", "exhaustive"},
    Search{"no_tags_consequence", "SEG-2", "exhaustive"},
    Search{"no_tags_spare_stack", "FL-3", "exhaustive"},
    Search{"no_helping", "PRG-1", "exhaustive"},
    Search{"no_confirmation", "SEG-2", "exhaustive"},
    Search{"own_link_relaxed", "SEG-3", "exhaustive"},
    Search{"publish_relaxed", "SEG-2", "exhaustive"},
    Search{"list_loads_relaxed", "SEG-2", "exhaustive"},
    Search{"unlink_relaxed", "SEG-2", "exhaustive"},
    Search{"extent_relaxed", "PRG-1", "exhaustive"},
    Search{"give_back_relaxed", "SEG-3", "exhaustive"},
    Search{"bump_relaxed", "SEG-3", "exhaustive"},
    Search{"spare_push_relaxed", "FL-1", "exhaustive"},
    Search{"no_validation", "SEG-1", "exhaustive"},
    Search{"blind_give_back", "SEG-3", "exhaustive"},
    Search{"unsorted_insert", "FL-1", "exhaustive"},
    Search{"missed_fit", "FL-4", "exhaustive"},
    Search{"wrapping_sizes", "SEG-1", "exhaustive"},
    Search{"crate_protocol", "PRG-1", "exhaustive"},
};

constexpr const Search& search_of(std::string_view mutant) { return *std::ranges::find(searches, mutant, &Search::mutant); }

static_assert(std::ranges::equal(searches, corpus, {}, &Search::mutant, &Mutant::name),
              "one row per bug, in the corpus' order");

}  // namespace rarena::models::checking
