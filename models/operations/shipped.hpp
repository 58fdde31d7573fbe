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

  std::expected<std::unique_ptr<Arena>, Error> make(const Setting& setting, const std::filesystem::path& path) const {
    Options options = options_of(setting);
    options.create_new = true;
    switch (setting.backing) {
      case Backing::heap: return held(Arena::alloc(options));
      case Backing::anonymous: return held(Arena::map_anon(options));
      case Backing::file: return held(Arena::map_mut(path, options));
    }
    std::unreachable();
  }
  std::expected<std::unique_ptr<Arena>, Error> open(const Setting& setting, const std::filesystem::path& path) const {
    return held(Arena::map_mut(path, options_of(setting)));
  }

 private:
  static std::expected<std::unique_ptr<Arena>, Error> held(std::expected<Arena, Error> arena) {
    if (!arena) return std::unexpected(arena.error());
    return std::make_unique<Arena>(std::move(*arena));
  }
};

static_assert(ArenaOpening<Shipped<AtomicStore>>);
static_assert(ArenaOpening<Shipped<PlainStore>>);

}  // namespace rarena::operations
