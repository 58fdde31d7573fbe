// Analysis: what a crash at any moment of an execution leaves, recovered and judged.
//
// The contract: an analysis is asked about one execution after the other and remembers which files it has judged. It answers
// with what is wrong with the first bad one, beginning with the ID of an invariant; empty: nothing. The answer for an execution
// on its own is the same as in its turn, so that a violation replays.
//
// Thread safety: one thread. Invariants: REC-2, REC-3.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "history.hpp"

namespace rarena::models::crash {

enum class Mode : std::uint8_t { kill, power };
constexpr std::string_view name(Mode mode) { return mode == Mode::kill ? "kill" : "power"; }

struct Counters {
  std::uint64_t executions = 0;
  std::uint64_t cuts = 0;        // moments of a crash, of all executions
  std::uint64_t files = 0;       // different ones, with what must be kept of them
  std::uint64_t recoveries = 0;  // of them, again, and of what a crash inside recovery left
};

template <class A>
concept Analysis = requires(A& analysis, History history, const A& seen) {
  { analysis(std::move(history)) } -> std::same_as<std::string>;
  { seen.counters() } -> std::same_as<Counters>;
};

// "when thread 0 had taken 7 steps, thread 1 12"
std::string moment(const History& history, const Cut& cut);

}  // namespace rarena::models::crash
