// shatter and frag: what is left of an arena when everything in it is freed.
#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "long_runs/limits.hpp"
#include "long_runs/load.hpp"
#include "long_runs/runs.hpp"
#include "long_runs/subject.hpp"

namespace rarena::stress {

namespace {

using Alone = Subject<unsync::Arena>;

constexpr std::size_t most_pins = 64;
// Enough for the free segments between all pins, so that no descriptors are made in the middle of the arena.
constexpr std::uint64_t shatter_reserve = 1024;
constexpr Size guard_bytes = 64, page = 4096;

// Nothing is left but what the guard keeps from the cursor, in one free segment.
Extent fill_and_free(Alone& subject) {
  const auto whole = subject.allocate(subject.arena().remaining() - guard_bytes);
  const auto guard = subject.allocate(guard_bytes);
  if (!whole || !guard) throw std::runtime_error("the arena is too small for a guard");
  subject.free(*whole);
  return *guard;
}

struct Pins {
  std::vector<Extent> held;

  // Takes another one, or frees one.
  void change(Alone& subject, Random& random) {
    if (held.size() < most_pins && random.one_in(2)) {
      if (const auto pin = subject.allocate(8 + random.below(121))) held.push_back(*pin);
    } else if (!held.empty()) {
      std::swap(held[random.below(held.size())], held.back());
      subject.free(held.back());
      held.pop_back();
    }
  }
};

// The largest request that is granted, at most `most`; it stays allocated.
std::optional<Extent> largest_granted(Alone& subject, Size most) {
  std::optional<Extent> granted;
  for (Size size = most; size != 0 && !granted; size -= (size + 99) / 100) granted = subject.allocate(size);
  return granted;
}

}  // namespace

Outcome shatter(const Settings& settings) {
  Options options = options_of(settings);
  options.descriptor_reserve = shatter_reserve;
  Alone subject(options, settings);
  const std::uint64_t data = numbers_of(subject.arena()).data;
  const Extent guard = fill_and_free(subject);
  const Mix& sizes = mixes.at(settings.sizes);
  Random random(settings.seed, 3, 0);
  Pins pins;
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < settings.operations; ++i) {
    if (random.one_in(64)) pins.change(subject, random);
    if (const auto object = subject.allocate(sizes.draw(random)))
      subject.free(*object);
    else
      ++refused;
  }
  for (const Extent pin : pins.held) subject.free(pin);
  const auto wanted = static_cast<Size>(data * least_granted / 100);
  const auto granted = largest_granted(subject, wanted);
  const Size bytes = granted ? granted->size : 0;
  const Numbers numbers = numbers_of(subject.arena());
  fmt::print("{:11} {} times one object of {} bytes: refused {}; then {} bytes in one piece, {:.1f} %; {} free segments\n",
             key_of(freelists, settings.freelist), settings.operations, settings.sizes, refused, bytes, numbers.percent(bytes),
             numbers.segments);
  std::vector<std::string> violations = judge_bytes(numbers, std::uint64_t{guard.size} + bytes);
  if (refused != 0) violations.push_back(fmt::format("refusals: {} of {}, expected none", refused, settings.operations));
  if (bytes < wanted)
    violations.push_back(
        fmt::format("granted: {} bytes in one piece of an arena with nothing but a guard, expected {}", bytes, wanted));
  return {{{"refused", refused}, {"granted", bytes}, {"free_segments", numbers.segments}, {"discarded", numbers.discarded}},
          violations};
}

Outcome frag(const Settings& settings) {
  Alone subject(options_of(settings), settings);
  const std::uint64_t data = numbers_of(subject.arena()).data;
  Load load(settings.seed, 0, data * settings.load / 100);
  load.run(subject, mixes.at(settings.sizes), settings.operations);
  load.free_all(subject);
  const Numbers freed = numbers_of(subject.arena());
  std::uint64_t pieces = 0, live = 0;
  while (const auto piece = subject.allocate(page)) {
    ++pieces;
    live += piece->size;
  }
  fmt::print(
      "{:11} {:>11} {:>3} %: refused {:.2f} %; all freed: {} free segments, largest {}, descriptors {:.1f} %, discarded "
      "{:.2f} %; then {} times {} bytes, {:.1f} %\n",
      key_of(freelists, settings.freelist), settings.sizes, settings.load, load.counts().refused(), freed.segments,
      freed.largest, freed.percent(freed.descriptors), freed.percent(freed.discarded), pieces, page,
      freed.percent(pieces * page));
  std::vector<std::string> violations = judge_bytes(freed, 0);
  if (pieces == 0)
    violations.push_back(fmt::format("granted: no {} bytes of an arena with nothing in it, expected them", page));
  if (violations.empty()) violations = judge_bytes(numbers_of(subject.arena()), live);
  return {{{"refused_percent", load.counts().refused()},
           {"pieces", pieces},
           {"free_segments", freed.segments},
           {"largest", freed.largest},
           {"descriptors", freed.descriptors},
           {"discarded", freed.discarded}},
          violations};
}

}  // namespace rarena::stress
