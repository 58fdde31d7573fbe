// litmus_table [FILE]: checks every row of litmus-counts.tsv and prints what came out. Exit status 1 if a count is not the
// expected one, or if rows and file do not match, 2 if the file cannot be read.
//
// CHECKER_LITMUS_COUNTS, a compile definition, is the path of litmus-counts.tsv in quotes; FILE takes its place.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <set>
#include <string>

#include "litmus_rows.hpp"

namespace {

using namespace checker::litmus;

struct Totals {
  std::uint64_t executions = 0;
  double seconds = 0;
  int wrong = 0;
};

void print_row(const Row& row, const Counts& counts, Totals& totals) {
  Shared shared;
  const checker::Result result = checker::check({}, row.program(shared));
  const auto& c = result.counters;
  const auto expected = counts.find(row.name);
  const bool right = expected != counts.end() && c.complete == expected->second && result.verdict == checker::Verdict::held;
  const std::string wanted = expected == counts.end() ? "none" : std::to_string(expected->second);
  std::printf("%-98s %8s %8" PRIu64 " %7" PRIu64 " %7" PRIu64 " %9.2f%s\n", row.title().c_str(), wanted.c_str(), c.complete,
              c.blocked, c.moot, result.seconds * 1000, right ? "" : "  WRONG");
  totals.executions += c.complete;
  totals.seconds += result.seconds;
  totals.wrong += !right;
}

int print_table(const std::string& path) {
  const Counts counts = read_counts(path);
  Totals totals;
  std::set<std::string> run;
  std::printf("%-98s %8s %8s %7s %7s %9s\n", "row", "expected", "complete", "blocked", "moot", "ms");
  for (const Row& row : rows()) {
    print_row(row, counts, totals);
    run.insert(row.name);
  }
  for (const auto& [name, count] : counts) {
    if (run.contains(name)) continue;
    std::printf("%-98s %8" PRIu64 " has no program  WRONG\n", name.c_str(), count);
    ++totals.wrong;
  }
  std::printf("%zu rows, %d wrong; %" PRIu64 " executions in %.0f ms\n", rows().size(), totals.wrong, totals.executions,
              totals.seconds * 1000);
  return totals.wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return print_table(argc > 1 ? argv[1] : CHECKER_LITMUS_COUNTS);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "litmus_table: %s\n", error.what());
    return 2;
  }
}
