// Minimises a history that shows something: as few operations as can be, then small numbers, and an ordinary arena.
//
// Source: the loop of Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 2002, without its
// complements. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>

#include "models/operations/operation.hpp"

namespace rarena::operations {

// `shows`: whether a history still shows it; the given one does. It is called at most `budget` times.
History minimise(History history, const std::function<bool(const History&)>& shows, unsigned budget = 20'000);

}  // namespace rarena::operations
