// A known bug as the subject of a history: the engines over the operation language must find it, or they would find
// nothing like it in core. Of the operations those remain that a planted arena has.
//
// Only bugs that one thread can show: weakened orders and what happens between threads are for other engines.
//
// Thread safety: a value.
#pragma once

#include <optional>

#include "core/arena/validate.hpp"
#include "models/bugs/planted_arena.hpp"
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
    if (const auto fits = detail::plan_geometry(options, true); !fits) return std::unexpected(fits.error());
    return std::make_unique<Arena>(options, bug);
  }

  const models::Bug* bug = nullptr;
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
void with_planted(const models::Bug& bug, Use use) {
  models::with_variant(&bug, [&]<class Variant>(Variant) {
    if constexpr (Variant::known_format && !std::same_as<Variant, models::Shipped>) use(Planted<Variant>{&bug});
  });
}

inline std::optional<operations::Difference> judge_planted(const operations::History& history, const models::Bug& bug) {
  std::optional<operations::Difference> finding;
  with_planted(bug, [&](auto opening) { finding = operations::judge(in_heap(history), opening); });
  return finding;
}

}  // namespace rarena::fuzz
