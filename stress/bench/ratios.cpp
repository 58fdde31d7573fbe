#include "bench/ratios.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rarena::bench {

double median(std::vector<double> values) {
  const auto middle = values.begin() + (static_cast<std::ptrdiff_t>(values.size()) - 1) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void Ratios::ReportRuns(const std::vector<Run>& runs) {
  ConsoleReporter::ReportRuns(runs);
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
    const std::string& name = run.run_name.function_name;
    const std::size_t slash = name.rfind('/');
    times_[name.substr(slash + 1)][name.substr(0, slash)].push_back(run.GetAdjustedCPUTime());
  }
}

void Ratios::Finalize() {
  ConsoleReporter::Finalize();
  for (const auto& [size, peers] : times_) {
    const auto base = peers.find(base_);
    if (base == peers.end()) continue;
    const double unit = median(base->second);
    fmt::print("\n{}, one free and one allocation: {} {:.0f} ns; as multiples of it\n", size, base_, unit);
    for (const auto& [peer, times] : peers) fmt::print("  {:20} {:6.2f}\n", peer, median(times) / unit);
  }
}

}  // namespace rarena::bench
