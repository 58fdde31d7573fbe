// A bug of the corpus as the subject of a history: the engines over the operation language must find it, or they would find
// nothing like it in core. Of the operations those remain that a planted arena has.
//
// Only bugs that one thread can show: weakened orders and what happens between threads are for other engines.
//
// Thread safety: a value.
#pragma once

#include <optional>

#include "core/arena/validate.hpp"
#include "models/corpus/planted_arena.hpp"
#include "models/operations/judge.hpp"

namespace rarena::fuzz {

template <class Variant>
struct Planted {
  using Arena = models::PlantedArena<Variant>;
  static constexpr bool exclusive = false;

  static bool supports(operations::Operation::Kind kind) {
    using enum operations::Operation::Kind;
    return kind <= minimum;
  }
  std::expected<std::unique_ptr<Arena>, Error> make(const operations::Setting& setting, const std::filesystem::path&) const {
    const Options options = operations::options_of(setting);
    if (const auto fits = plan_geometry(options, true); !fits) return std::unexpected(fits.error());
    return std::make_unique<Arena>(options, *mutant);
  }

  const models::Mutant* mutant = nullptr;
};

static_assert(operations::ArenaOpening<Planted<models::Lying>>);

// The setting that a planted arena has.
inline operations::History in_heap(operations::History history) {
  history.setting.backing = operations::Backing::heap;
  history.setting.store = operations::StoreKind::atomic;
  history.setting.unify = true;
  return history;
}

// Calls use(opening) with the bug, if its list is one that can be compared with the reference; else not at all.
template <class Use>
void with_planted(const models::Mutant& mutant, Use use) {
  if (mutant.variant == models::VariantName::lying) use(Planted<models::Lying>{&mutant});
  if (mutant.variant == models::VariantName::wrapping) use(Planted<models::Wrapping>{&mutant});
}

inline std::optional<operations::Finding> judge_planted(const operations::History& history, const models::Mutant& mutant) {
  std::optional<operations::Finding> finding;
  with_planted(mutant, [&](auto opening) { finding = operations::judge(in_heap(history), opening); });
  return finding;
}

}  // namespace rarena::fuzz
