#include "selection.hpp"

#include "models/corpus/weakened.hpp"

namespace rarena::models {

namespace {

constexpr std::array<std::string_view, 3> kind_names = {"none", "optimistic", "pessimistic"};

}  // namespace

std::string_view name(Freelist kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::expected<Freelist, std::string> freelist_named(std::string_view name, const Info& scenario) {
  const auto it = std::ranges::find(kind_names, name);
  if (it == kind_names.end())
    return std::unexpected("no freelist is called '" + std::string(name) + "'; expected none, optimistic or pessimistic");
  const auto kind = static_cast<Freelist>(it - kind_names.begin());
  if (!contains(scenario.kinds, kind))
    return std::unexpected("scenario '" + std::string(scenario.name) + "' makes no sense with freelist '" + std::string(name) +
                           "'");
  return kind;
}

std::expected<const Mutant*, std::string> mutant_named(std::string_view name) {
  if (name.empty()) return nullptr;
  if (const Mutant* const weakened = weakened_row(name)) return weakened;
  const auto it = std::ranges::find(corpus, name, &Mutant::name);
  if (it == corpus.end()) return std::unexpected("no mutant is called '" + std::string(name) + "'; `list` shows the corpus");
  return &*it;
}

}  // namespace rarena::models
