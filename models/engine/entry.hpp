// Which scenario runs how on an engine: for every scenario a runner for the shipped code, and for the mutants that name it.
//
// An engine is a type with a `Runner` (what runs one job) and a template `runner<Scenario, Variant>` that has one.
// Thread safety: constants.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "models/corpus/corpus.hpp"
#include "models/corpus/variant.hpp"
#include "models/scenario/scenario.hpp"

namespace rarena::models {

template <class Runner>
struct Entry {
  Info info;
  Runner shipped = nullptr;
  Runner lying = nullptr, wrapping = nullptr, crate_protocol = nullptr;  // nullptr: no mutant needs it

  Runner runner(const Mutant* mutant) const {
    if (!mutant) return shipped;
    switch (mutant->variant) {
      case VariantName::shipped: return shipped;
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

template <class Engine, Scenario S, class Variant, VariantName Name>
constexpr typename Engine::Runner runner_if_needed() {
  if constexpr (has_mutant(S::info.name, Name))
    return Engine::template runner<S, Variant>;
  else
    return nullptr;
}

template <class Engine, Scenario S>
Entry<typename Engine::Runner> entry() {
  return {.info = S::info,
          .shipped = Engine::template runner<S, Shipped>,
          .lying = runner_if_needed<Engine, S, Lying, VariantName::lying>(),
          .wrapping = runner_if_needed<Engine, S, Wrapping, VariantName::wrapping>(),
          .crate_protocol = runner_if_needed<Engine, S, CrateProtocol, VariantName::crate_protocol>()};
}

template <class Engine, Scenario... S>
std::array<Entry<typename Engine::Runner>, sizeof...(S)> entries(ScenarioList<S...>) {
  return {entry<Engine, S>()...};
}

}  // namespace rarena::models
