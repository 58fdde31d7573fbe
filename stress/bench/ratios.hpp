// Ratios: a table of Google Benchmark's, and behind it what each peer needs as a multiple of what the arena needs.
//
// Thread safety: one thread.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace rarena::bench {

// The middle one; of an even number the lower of the two.
double median(std::vector<double> values);

// Of benchmarks with the name PEER/SIZE, with repetitions. The medians of processor time are compared.
class Ratios : public benchmark::ConsoleReporter {
 public:
  explicit Ratios(std::string base) : base_(std::move(base)) {}

  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  std::string base_;
  std::map<std::string, std::map<std::string, std::vector<double>>> times_;  // by size, by peer
};

}  // namespace rarena::bench
