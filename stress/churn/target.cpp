#include "churn/target.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/bugs/planted_arena.hpp"

namespace rarena::stress {

using models::Bug;
using models::PlantedArena;

// Not in an unnamed namespace: the stacks of a stall show its name.
template <class Arena>
class ArenaTarget : public Target {
 public:
  template <class... Arguments>
  explicit ArenaTarget(Arguments&&... arguments) : arena_(std::forward<Arguments>(arguments)...) {}

  std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) override {
    return arena_.allocate(size, alignment, fill);
  }
  std::expected<void, Error> dealloc(Extent segment) override { return arena_.dealloc(segment.offset, segment.size); }
  std::expected<Size, Error> discard_freelist() override { return arena_.discard_freelist(); }
  std::expected<void, Error> increase_discarded(Size bytes) override { return arena_.increase_discarded(bytes); }
  std::expected<void, Error> set_minimum_segment_size(Size bytes) override { return arena_.set_minimum_segment_size(bytes); }
  std::expected<void, Error> flush() override { return arena_.flush(); }

  oracle::Verdict sound(std::span<const Extent> live) override { return oracle::sound(arena_, live, 0); }
  std::vector<Extent> free_segments() override { return arena_.free_segments(); }
  std::expected<void, Error> rebuild(std::span<const Extent> live) override { return arena_.rebuild(live); }

  std::byte* data() const override { return arena_.data(); }
  Size capacity() const override { return arena_.capacity(); }
  Size data_offset() const override { return arena_.data_offset(); }
  Size discarded() const override { return arena_.discarded(); }
  Freelist freelist() const override { return arena_.freelist(); }
  Size maximum_alignment() const override { return arena_.maximum_alignment(); }

 private:
  Arena arena_;
};

template <class Variant>
class PlantedTarget : public ArenaTarget<PlantedArena<Variant>> {
  using Arena = PlantedArena<Variant>;
  using Base = ArenaTarget<Arena>;

 public:
  PlantedTarget(const Options& options, const Bug* bug, unsigned hesitates_in) : Base(options, bug, hesitates_in) {}

  oracle::Verdict sound(std::span<const Extent> live) override {
    if constexpr (Arena::known_format)
      return Base::sound(live);
    else
      return std::nullopt;
  }
  Size granule() const override { return Arena::granule; }
  Size node() const override { return Arena::known_format ? 0 : Arena::granule; }
};

namespace {

std::unique_ptr<Target> make_planted(const Settings& settings, const Options& options) {
  if (settings.backing != Backing::heap) throw std::runtime_error("a bug, or a store that hesitates, has heap bytes only");
  const Bug* bug = nullptr;
  if (!settings.bug.empty()) {
    const auto named = models::bug_named(settings.bug);
    if (!named) throw std::runtime_error(named.error());
    if (!(*named)->is_of_code()) throw std::runtime_error("expected a bug of code, found " + settings.bug);
    bug = *named;
  }
  return models::with_variant(bug, [&]<class Variant>(Variant) -> std::unique_ptr<Target> {
    return std::make_unique<PlantedTarget<Variant>>(options, bug, settings.hesitate);
  });
}

// The file has no name any more: it goes with its arena.
std::expected<Arena, Error> make_file(const Settings& settings, const Options& options) {
  std::filesystem::create_directories(settings.directory);
  const auto path = settings.directory / fmt::format("arena.{}", ::getpid());
  std::filesystem::remove(path);
  auto arena = Arena::map_mut(path, options);
  std::filesystem::remove(path);
  return arena;
}

std::expected<Arena, Error> make_shipped(const Settings& settings, const Options& options) {
  switch (settings.backing) {
    case Backing::heap: return Arena::alloc(options);
    case Backing::anonymous: return Arena::map_anon(options);
    case Backing::file: break;
  }
  return make_file(settings, options);
}

}  // namespace

std::unique_ptr<Target> make_target(const Settings& settings) {
  const Options options{.capacity = settings.capacity,
                        .maximum_alignment = 64,
                        .unify = settings.seed % 2 == 0,
                        .freelist = settings.freelist,
                        .create_new = settings.backing == Backing::file};
  if (!settings.bug.empty() || settings.hesitate != 0) return make_planted(settings, options);
  auto arena = make_shipped(settings, options);
  if (!arena) throw std::runtime_error("cannot make the arena: " + arena.error().message());
  return std::make_unique<ArenaTarget<Arena>>(std::move(*arena));
}

}  // namespace rarena::stress
