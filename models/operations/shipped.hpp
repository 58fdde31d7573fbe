// The shipped arena as the subject of a history, over one store.
//
// Thread safety: a value.
#pragma once

#include "models/operations/subject.hpp"

namespace rarena::operations {

template <WordStore Store>
struct Shipped {
  using Arena = BasicArena<Store>;
  static constexpr bool exclusive = true;

  static bool supports(Operation::Kind) { return true; }

  std::expected<Arena, Error> make(const Setting& setting, const std::filesystem::path& path) const {
    Options options = options_of(setting);
    options.create_new = true;
    switch (setting.backing) {
      case Backing::heap: return Arena::alloc(options);
      case Backing::anonymous: return Arena::map_anon(options);
      case Backing::file: return Arena::map_mut(path, options);
    }
    std::unreachable();
  }
  std::expected<Arena, Error> open(const Setting& setting, const std::filesystem::path& path) const {
    return Arena::map_mut(path, options_of(setting));
  }
};

static_assert(ArenaOpening<Shipped<AtomicStore>>);
static_assert(ArenaOpening<Shipped<PlainStore>>);

}  // namespace rarena::operations
