// Which scenario runs how: for every scenario a runner for the shipped code, and for the mutants that name it.
//
// One translation unit per scenario file (entries_*.cpp), because each runner instantiates Relacy's schedulers.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "engine.hpp"
#include "models/corpus/corpus.hpp"

namespace rarena::models::relacy {

using Runner = Result (*)(const Job&);

struct Entry {
  Info info;
  Runner shipped = nullptr;
  Runner lying = nullptr, wrapping = nullptr, crate_protocol = nullptr;  // nullptr: no mutant needs it

  Runner runner(const Mutant* mutant) const {
    if (!mutant) return shipped;
    switch (mutant->variant) {
      case VariantName::lying: return lying;
      case VariantName::wrapping: return wrapping;
      case VariantName::crate_protocol: return crate_protocol;
    }
    return nullptr;
  }
};

constexpr bool has_mutant(std::string_view scenario, VariantName variant) {
  return std::ranges::any_of(corpus, [&](const Mutant& m) { return m.scenario == scenario && m.variant == variant; });
}

template <Scenario S, class Variant, VariantName Name>
constexpr Runner runner_if_needed() {
  if constexpr (has_mutant(S::info.name, Name))
    return &run<S, Variant>;
  else
    return nullptr;
}

template <Scenario S>
Entry entry() {
  return {.info = S::info,
          .shipped = &run<S, Shipped>,
          .lying = runner_if_needed<S, Lying, VariantName::lying>(),
          .wrapping = runner_if_needed<S, Wrapping, VariantName::wrapping>(),
          .crate_protocol = runner_if_needed<S, CrateProtocol, VariantName::crate_protocol>()};
}

template <Scenario... S>
std::array<Entry, sizeof...(S)> entries(ScenarioList<S...>) {
  return {entry<S>()...};
}

std::span<const Entry> cursor_entries();
std::span<const Entry> freelist_entries();
std::span<const Entry> contention_entries();
std::span<const Entry> supply_entries();

}  // namespace rarena::models::relacy
