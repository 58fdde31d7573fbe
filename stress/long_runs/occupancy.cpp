#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <utility>

#include "long_runs/limits.hpp"
#include "long_runs/load.hpp"
#include "long_runs/reference.hpp"
#include "long_runs/runs.hpp"
#include "long_runs/subject.hpp"
#include "long_runs/together.hpp"

namespace rarena::stress {

namespace {

struct Measured {
  Counts whole, after_warm_up;
  std::uint64_t live = 0;
  double operations_per_second = 0;  // of processor time
};

std::vector<Load> loads_of(const Settings& settings, std::uint64_t data) {
  std::vector<Load> loads;
  for (unsigned i = 0; i < settings.threads; ++i)
    loads.emplace_back(settings.seed, i, data * settings.load / 100 / settings.threads);
  return loads;
}

Counts sum_of(const std::vector<Load>& loads) {
  Counts sum;
  for (const Load& load : loads) sum += load.counts();
  return sum;
}

// `work(loads, mix, operations)` lets each load do so many.
template <class Work>
Measured measured(const Settings& settings, std::vector<Load>& loads, Work work) {
  Measured result;
  Counts warm_up;
  const std::clock_t began = std::clock();
  for (bool first = true; const Phase& phase : phases_of(settings)) {
    work(phase.mix, phase.operations / settings.threads);
    if (std::exchange(first, false)) warm_up = sum_of(loads);
  }
  const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  result.whole = sum_of(loads);
  result.after_warm_up = result.whole - warm_up;
  for (const Load& load : loads) result.live += load.live();
  result.operations_per_second = seconds > 0 ? static_cast<double>(result.whole.operations) / seconds : 0;
  return result;
}

Measured measure_reference(const Settings& settings, std::uint64_t data) {
  BestFit reference(static_cast<Size>(data));
  std::vector<Load> loads = loads_of(settings, data);
  return measured(settings, loads, [&](const Mix& mix, std::uint64_t operations) {
    for (std::uint64_t i = 0; i < operations; ++i)
      for (Load& load : loads) load.run(reference, mix, 1);
  });
}

void print(const Settings& settings, const Measured& arena, const Measured& reference, const Numbers& numbers) {
  fmt::print(
      "{:11} {:>11} {:>3} % {:>2} threads: refused {:6.2f} % ({:.2f} % after warm-up; reference {:.2f} %, {:.2f} %), "
      "live {:.1f} %, discarded {:.2f} %, {} free segments, {:.0f} operations/s ({:.2f} of the reference)\n",
      key_of(freelists, settings.freelist), settings.shift ? "shift" : settings.sizes, settings.load, settings.threads,
      arena.whole.refused(), arena.after_warm_up.refused(), reference.whole.refused(), reference.after_warm_up.refused(),
      numbers.percent(arena.live), numbers.percent(numbers.discarded), numbers.segments, arena.operations_per_second,
      reference.operations_per_second > 0 ? arena.operations_per_second / reference.operations_per_second : 0);
  std::fflush(stdout);
}

template <class Arena>
Outcome occupy(const Settings& settings) {
  Subject<Arena> subject(options_of(settings), settings);
  const std::uint64_t data = numbers_of(subject.arena()).data;
  std::vector<Load> loads = loads_of(settings, data);
  const Measured arena = measured(settings, loads, [&](const Mix& mix, std::uint64_t operations) {
    together(settings.threads, [&](unsigned i) { loads[i].run(subject, mix, operations); });
  });
  const Numbers numbers = numbers_of(subject.arena());
  const Measured reference = measure_reference(settings, data);
  print(settings, arena, reference, numbers);
  const Facts facts{.refused = arena.after_warm_up.refused(),
                    .reference_refused = reference.after_warm_up.refused(),
                    .missed = subject.missed(),
                    .first_missed = subject.first_missed(),
                    .numbers = numbers,
                    .live = arena.live};
  std::vector<std::string> violations = judge(settings, facts);
  if (const auto shared = overlap(loads, subject.arena().free_segments())) violations.insert(violations.begin(), *shared);
  return {{{"operations", arena.whole.operations},
           {"requests", arena.whole.requests},
           {"refused_percent", arena.whole.refused()},
           {"refused_percent_after_warm_up", arena.after_warm_up.refused()},
           {"reference_refused_percent_after_warm_up", reference.after_warm_up.refused()},
           {"refusals_looked_at", subject.looked_at()},
           {"live", arena.live},
           {"discarded", numbers.discarded},
           {"free_segments", numbers.segments},
           {"operations_per_cpu_second", arena.operations_per_second},
           {"reference_operations_per_cpu_second", reference.operations_per_second}},
          violations};
}

}  // namespace

Outcome occupancy(const Settings& settings) {
  return settings.threads == 1 ? occupy<unsync::Arena>(settings) : occupy<Arena>(settings);
}

}  // namespace rarena::stress
