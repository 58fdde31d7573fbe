// Analysis: what a crash at any moment of an execution leaves, recovered and judged.
//
// The contract: an analysis is asked about one execution after the other and remembers which files it has judged. It answers
// with what is wrong with the first bad one, beginning with the ID of an invariant; empty: nothing. The answer for an execution
// on its own is the same as in its turn, so that a violation replays.
//
// Thread safety: one thread. Invariants: REC-2, REC-3.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "history.hpp"

namespace rarena::models::crash {

// What befalls an execution.
enum class Mode : std::uint8_t {
  kill,     // the process is killed at any moment
  power,    // the power goes at any moment
  failing,  // any one flush fails; later the power goes, at any moment
  evicted,  // any one flush fails, later the process is killed, and the pages that were dropped are read from the disk again
  shrink,   // the file is made smaller when the threads have ended; the power goes at any moment
  fork,     // a child is forked when the threads have ended, and both go on; both are killed at any moment
  create,   // the file is made, and gets its name; the power goes at any moment
  copy,     // the file is copied, page by page, while it is open, and the copy is put into its place in the same boot
};

struct ModeName {
  Mode mode;
  std::string_view name;
  std::string_view about;
};

inline constexpr std::array modes = {
    ModeName{Mode::kill, "kill", "the process may be killed at any moment"},
    ModeName{Mode::power, "power", "the power may go at any moment"},
    ModeName{Mode::failing, "failing", "any one flush fails, and the power may go at any moment"},
    ModeName{Mode::evicted, "evicted",
             "any one flush fails; killed later, and pages that were dropped come from the disk again"},
    ModeName{Mode::shrink, "shrink", "the file is made smaller in the end, and the power may go at any moment"},
    ModeName{Mode::fork, "fork", "in the end a child is forked, and both go on and may be killed at any moment"},
    ModeName{Mode::create, "create", "the file is made anew, and the power may go at any moment"},
    ModeName{Mode::copy, "copy", "a copy of the open file, made page by page, is put back into it in the same boot"},
};

constexpr std::optional<Mode> mode_named(std::string_view name) {
  const auto* it = std::ranges::find(modes, name, &ModeName::name);
  return it == modes.end() ? std::nullopt : std::optional(it->mode);
}

struct Counters {
  std::uint64_t executions = 0;
  std::uint64_t cuts = 0;        // moments of a crash, of all executions
  std::uint64_t files = 0;       // different ones, with what must be kept of them
  std::uint64_t recoveries = 0;  // of them, again, and of what a crash inside recovery left
  // Kills alone.
  std::uint64_t losses = 0;  // files in which something is in no list and nobody's
  Lost most_lost = {0, 0};   // in one file
};

template <class A>
concept Analysis = requires(A& analysis, History history, const A& seen) {
  { analysis(std::move(history)) } -> std::same_as<std::string>;
  { seen.counters() } -> std::same_as<Counters>;
};

// "when thread 0 had taken 7 steps, thread 1 12"
std::string moment(const History& history, const Cut& cut);

}  // namespace rarena::models::crash
