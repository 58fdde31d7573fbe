// pair_cost: a table of times, which nothing judges.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "long_runs/runs.hpp"
#include "long_runs/subject.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

namespace {

using PairClock = std::chrono::steady_clock;

constexpr Size smallest = 16, step = 8, kinds_of_size = 32, pin_bytes = 16;
constexpr std::uint64_t bytes_of_each = smallest + step * kinds_of_size / 2 + pin_bytes + 2 * detail::descriptor_size;
constexpr double most_seconds = 0.3;

Size size_of(std::uint64_t i) { return smallest + step * static_cast<Size>(i); }

// So many free segments of 32 sizes, each between two live ones, and no room behind the cursor. They are freed in an order in
// which each one goes to the front of the list.
std::uint64_t scatter(Subject<unsync::Arena>& subject, std::uint64_t count, Freelist kind) {
  std::vector<std::vector<Extent>> by_size(kinds_of_size);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto segment = subject.allocate(size_of(i % kinds_of_size)), pin = subject.allocate(pin_bytes);
    if (!segment || !pin) throw std::runtime_error(fmt::format("the arena is too small for {} free segments", count));
    by_size[i % kinds_of_size].push_back(*segment);
  }
  if (kind == Freelist::pessimistic) std::ranges::reverse(by_size);
  for (const auto& segments : by_size)
    for (const Extent segment : segments) subject.free(segment);
  while (subject.arena().remaining() != 0 && subject.allocate(subject.arena().remaining())) {
  }
  return numbers_of(subject.arena()).segments;
}

struct Cost {
  std::uint64_t segments, pairs = 0, refused = 0;
  double nanoseconds = 0;
};

Cost measure_pairs(const Settings& settings, std::uint64_t count) {
  Options options = options_of(settings);
  options.capacity = 65536 + count * bytes_of_each;
  Subject<unsync::Arena> subject(options, settings);
  Cost cost{.segments = scatter(subject, count, settings.freelist)};
  Random random(settings.seed, 5, count);
  const auto began = PairClock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(PairClock::now() - began).count(); };
  for (; cost.pairs < std::max<std::uint64_t>(count / 10, 1000) && seconds() < most_seconds; ++cost.pairs) {
    if (const auto segment = subject.allocate(size_of(random.below(kinds_of_size))))
      subject.free(*segment);
    else
      ++cost.refused;
  }
  cost.nanoseconds = 1e9 * seconds() / static_cast<double>(cost.pairs);
  return cost;
}

}  // namespace

Outcome pair_cost(const Settings& settings) {
  nlohmann::json rows = nlohmann::json::array();
  const std::uint64_t most = settings.segments == 0 ? 1'000'000 : settings.segments;
  for (std::uint64_t count = 100; count <= most; count *= 10) {
    const Cost cost = measure_pairs(settings, count);
    fmt::print("{:11} {:>8} free segments: {:>11.0f} ns a pair, {} pairs, {} refused\n", key_of(freelists, settings.freelist),
               cost.segments, cost.nanoseconds, cost.pairs, cost.refused);
    std::fflush(stdout);
    rows.push_back({{"free_segments", cost.segments}, {"nanoseconds", cost.nanoseconds}, {"pairs", cost.pairs}});
  }
  return {{{"pairs", rows}}, {}};
}

}  // namespace rarena::stress
