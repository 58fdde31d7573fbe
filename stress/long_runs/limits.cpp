#include "long_runs/limits.hpp"

#include <fmt/format.h>

namespace rarena::stress {

double most_refused(const Settings& settings) {
  const bool optimistic = settings.freelist == Freelist::optimistic;
  if (settings.load <= 10) return 0.5;
  if (settings.load <= 45 && optimistic) return settings.threads > 1 && settings.segments != 0 ? 8 : 5;
  if (settings.load <= 45) return settings.shift ? 2 : 0.5;
  if (optimistic) return 100;
  if (settings.load <= 70) return settings.shift ? 5 : 0.5;
  return settings.shift ? 20 : 6;
}

double most_merges_in_vain(const Settings& settings) {
  return settings.freelist == Freelist::pessimistic && settings.segments == 0 ? 0.5 : 1;
}

std::vector<std::string> judge_bytes(const Numbers& numbers, std::uint64_t live) {
  std::vector<std::string> violations;
  if (const std::int64_t lost = numbers.lost(live); lost != 0)
    violations.push_back(
        fmt::format("SEG-2: {} bytes are carved off; {} are live, {} free, {} descriptors and {} discarded, which leaves {}",
                    numbers.carved, live, numbers.free, numbers.descriptors, numbers.discarded, lost));
  if (const double discarded = numbers.percent(numbers.discarded); discarded > most_discarded)
    violations.push_back(fmt::format("discarded: {} bytes, {:.2f} % of the data bytes, expected at most {} %",
                                     numbers.discarded, discarded, most_discarded));
  return violations;
}

std::vector<std::string> judge(const Settings& settings, const Facts& facts) {
  std::vector<std::string> violations = judge_bytes(facts.numbers, facts.live);
  if (facts.missed != 0) violations.push_back(fmt::format("FL-5: {} refusals, first {}", facts.missed, facts.first_missed));
  if (const double most = facts.reference_refused + most_refused(settings); facts.refused > most)
    violations.push_back(
        fmt::format("refusals: {:.2f} % of the requests after the warm-up, expected at most {:.2f} %", facts.refused, most));
  return violations;
}

}  // namespace rarena::stress
