// The scenarios as entries of the Relacy engine.
//
// One translation unit per scenario file (entries_*.cpp), because each runner instantiates Relacy's schedulers.
#pragma once

#include <span>

#include "engine.hpp"
#include "models/engine/entry.hpp"

namespace rarena::models::relacy {

using Runner = Result (*)(const Job&);
using RelacyEntry = Entry<Runner>;

struct RelacyEngine {
  using Runner = relacy::Runner;
  template <Scenario S, class Variant>
  static constexpr Runner runner = &run<S, Variant>;
};

std::span<const RelacyEntry> cursor_entries();
std::span<const RelacyEntry> freelist_entries();
std::span<const RelacyEntry> contention_entries();
std::span<const RelacyEntry> size_entries();
std::span<const RelacyEntry> supply_entries();
std::span<const RelacyEntry> durability_entries();

}  // namespace rarena::models::relacy
