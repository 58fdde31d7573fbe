// Judges a history: runs it on a subject and on the reference, side by side, up to the first difference.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "models/operations/shipped.hpp"

namespace rarena::operations {

// What is wrong, and after how many operations: 0 is the making of the arena. The message begins with the ID of an invariant.
struct Difference {
  std::size_t operation;
  std::string message;
};

template <ArenaOpening Opening>
std::optional<Difference> judge(const History& history, Opening opening) {
  auto expected = ExpectedArena::make(history.setting);
  Subject<Opening> subject(history.setting, opening);
  const auto made = subject.make(expected);
  if (!made) return Difference{0, made.error()};
  if (!*made) return std::nullopt;
  std::vector<ExpectedArena> states = {*std::move(expected)};
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    const Operation& operation = history.operations[i];
    if (!Opening::supports(operation.kind)) continue;
    if (const Verdict wrong = subject.run(operation, states)) return Difference{i + 1, *wrong};
  }
  return std::nullopt;
}

// The shipped arena, over the store of the setting.
std::optional<Difference> judge(const History& history);

// The history as an artifact: with the finding as a comment, and cut behind it.
std::string artifact(const History& history, const Difference& finding);

}  // namespace rarena::operations
