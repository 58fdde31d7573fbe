#include <fmt/format.h>

#include <algorithm>
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

Measured measure_reference(const Settings& settings, std::uint64_t data, const Terms& terms = {}) {
  BestFit reference(static_cast<Size>(data), terms);
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

// What lies between live and free segments, counted from the first data byte: descriptors, and a few discarded bytes.
template <class Arena>
std::vector<Extent> books_of(const Arena& arena, const std::vector<Load>& loads) {
  std::vector<Extent> known = arena.free_segments(), books;
  for (const Load& load : loads) known.insert(known.end(), load.held().begin(), load.held().end());
  known.push_back({arena.allocated(), 0});
  std::ranges::sort(known, {}, &Extent::offset);
  std::uint64_t end = arena.data_offset();
  for (const Extent one : known) {
    if (one.offset > end) books.push_back(detail::extent_between(end - arena.data_offset(), one.offset - arena.data_offset()));
    end = one.end();
  }
  return books;
}

// Why the arena refuses more than the reference: the share that the reference refuses on terms that come nearer to the arena's,
// step by step.
nlohmann::json explain(const Settings& settings, std::uint64_t data, const std::vector<Extent>& books) {
  std::uint64_t bytes = 0;
  for (const Extent one : books) bytes += one.size;
  nlohmann::json shares;
  const auto refused = [&](const Terms& terms) { return measure_reference(settings, data, terms).after_warm_up.refused(); };
  Terms terms{.untouched_first = true};
  shares["untouched_first"] = refused(terms);
  terms.newest_first = true;
  shares["newest_first"] = refused(terms);
  terms.taken = {detail::extent_between(data - bytes, data)};
  shares["fewer_bytes"] = refused(terms);
  terms.taken = books;
  shares["in_their_places"] = refused(terms);
  terms.joins_late = true;
  shares["joins_late"] = refused(terms);
  terms.newest_first = false;
  shares["joins_late_lowest_first"] = refused(terms);
  terms = {.taken = books, .newest_first = true, .joins_late = true};
  shares["joins_late_untouched_not_first"] = refused(terms);
  const auto share = [&](const char* name) { return shares[name].get<double>(); };
  fmt::print(
      "{:11} the reference with untouched bytes first {:.2f} %, then the newest of equal ones {:.2f} %, {} bytes fewer {:.2f} "
      "%, these in their {} places {:.2f} %, joining late {:.2f} %; the same, but the lowest of equal ones {:.2f} %, or "
      "untouched bytes not first {:.2f} %\n",
      "", share("untouched_first"), share("newest_first"), bytes, share("fewer_bytes"), books.size(), share("in_their_places"),
      share("joins_late"), share("joins_late_lowest_first"), share("joins_late_untouched_not_first"));
  std::fflush(stdout);
  return shares;
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
  const nlohmann::json shares =
      settings.freelist == Freelist::pessimistic && arena.after_warm_up.refused() > reference.after_warm_up.refused()
          ? explain(settings, data, books_of(subject.arena(), loads))
          : nlohmann::json::object();
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
           {"reference_refused_percent_on_terms", shares},
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
