// Names of scenarios, freelists and mutants, as command lines and artifacts give them. Bad names get a sentence that says what
// was expected.
//
// Thread safety: pure functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "entry.hpp"

namespace rarena::models {

// A job's names, resolved.
template <class Runner>
struct Selection {
  const Entry<Runner>* entry = nullptr;
  Freelist kind = Freelist::none;
  const Mutant* mutant = nullptr;  // nullptr: the shipped code
};

struct Names {
  std::string scenario, freelist, mutant;
};

std::string_view name(Freelist kind);
std::expected<Freelist, std::string> freelist_named(std::string_view name, const Info& scenario);
std::expected<const Mutant*, std::string> mutant_named(std::string_view name);  // "": nullptr

template <class Runner>
std::expected<Selection<Runner>, std::string> select(const std::vector<const Entry<Runner>*>& entries, const Names& names) {
  Selection<Runner> selection;
  std::string known;
  for (const auto* e : entries) {
    if (e->info.name == names.scenario) selection.entry = e;
    known += (known.empty() ? "" : ", ") + std::string(e->info.name);
  }
  if (!selection.entry) return std::unexpected("no scenario is called '" + names.scenario + "'; there are: " + known);
  const auto kind = freelist_named(names.freelist, selection.entry->info);
  if (!kind) return std::unexpected(kind.error());
  const auto mutant = mutant_named(names.mutant);
  if (!mutant) return std::unexpected(mutant.error());
  selection.kind = *kind;
  selection.mutant = *mutant;
  if (!selection.entry->runner(*mutant))
    return std::unexpected("mutant '" + names.mutant + "' is for scenario '" + std::string((*mutant)->scenario) + "'");
  return selection;
}

}  // namespace rarena::models
