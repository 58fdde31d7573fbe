// The explorer's tree: bounds, limits, progress, estimates, shards.
#include "models/checker/explore/explorer.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/explore/shard.hpp"

namespace checker {
namespace {

// `threads` threads that each add twice to one counter, in a program of its own.
Program adders(int threads, int times = 2) {
  Program program;
  program.cells = {{.initial = 0, .name = "counter"}};
  for (int t = 0; t < threads; ++t)
    program.threads.emplace_back([times] {
      for (int i = 0; i < times; ++i)
        Execution::current()->read(0, {.operation = Operation::add, .order = Order::relaxed, .operand = 1});
    });
  return program;
}

Counters explore(const Program& program, const Explorer::Options& options = {}) {
  return Explorer(program, options).run().result.counters;
}

TEST(Explorer, RefusesNoThreadsAndTooMany) {
  EXPECT_THROW(Explorer(Program{}, {}), std::invalid_argument);
  EXPECT_THROW(Explorer(adders(maximum_threads + 1), {}), std::invalid_argument);
}

TEST(Explorer, RefusesAStepBoundThatStampsCannotHold) {
  Explorer::Options options;
  for (const int bound : {-1, 0, 32'767 / 2 - 2, 1'000'000}) {
    options.limits.step_bound = bound;
    EXPECT_THROW(Explorer(adders(2), options), std::invalid_argument);
  }
  options.limits.step_bound = 32'767 / 2 - 3;
  EXPECT_EQ(explore(adders(2), options).complete, 6U);
}

TEST(Explorer, DeviationsGrowToTheWholeTree) {
  const Program program = adders(3);
  const Counters all = explore(program);
  EXPECT_EQ(all.complete, 90U);
  EXPECT_EQ(all.cut, 0U);
  std::uint64_t last = 0;
  for (int bound = 0; bound <= all.deviations; ++bound) {
    const ShardReport r = Explorer(program, {.deviations = bound}).run();
    EXPECT_GE(r.result.counters.complete, last);
    EXPECT_LE(r.result.counters.deviations, bound);
    EXPECT_EQ(r.result.counters.cut == 0, bound == all.deviations);
    EXPECT_EQ(r.result.verdict, bound == all.deviations ? Verdict::held : Verdict::bounded);
    last = r.result.counters.complete;
  }
  EXPECT_EQ(last, all.complete);
  EXPECT_EQ(explore(program, {.deviations = 0}).complete, 1U);
}

TEST(Explorer, StopsAtTheMaximumAndSaysSo) {
  const ShardReport r = Explorer(adders(3), {.maximum_executions = 10}).run();
  EXPECT_EQ(r.result.counters.executions(), 10U);
  EXPECT_EQ(r.result.verdict, Verdict::incomplete);
}

TEST(Explorer, MemoryIsOneGraphPerNestedRevisit) {
  EXPECT_LE(explore(adders(3)).depth, 3 * 2);
  EXPECT_LE(explore(adders(5, 1)).depth, 5);
}

TEST(Explorer, TheEstimateIsExactWhereItSamplesEverything) {
  for (const std::uint64_t seed : {1U, 2U}) EXPECT_DOUBLE_EQ(Explorer(adders(3), {}).estimate(seed, 1'000'000).complete, 90.0);
}

TEST(Explorer, TheEstimateIsUnbiased) {
  double sum = 0;
  constexpr unsigned repeats = 400;
  for (unsigned seed = 1; seed <= repeats; ++seed) sum += Explorer(adders(3), {}).estimate(seed, 4).complete;
  EXPECT_NEAR(sum / repeats, 90.0, 9.0);
}

std::vector<ShardReport> shards_of(const Program& program, unsigned total) {
  std::vector<ShardReport> reports;
  const int depth = Explorer::frontier_depth(program, {}, 8 * total);
  for (unsigned i = 0; i < total; ++i)
    reports.push_back(Explorer(program, {.shard = {.total = total, .index = i, .depth = depth}}).run());
  return reports;
}

TEST(Shards, AddUpToTheWholeTree) {
  const Program program = adders(4);
  const Counters whole = explore(program);
  EXPECT_EQ(whole.complete, 2520U);
  for (const unsigned total : {2U, 3U, 4U, 7U}) {
    const auto reports = shards_of(program, total);
    std::string why;
    const Result merged = merge(reports, why);
    EXPECT_EQ(why, "");
    EXPECT_EQ(merged.verdict, Verdict::held);
    EXPECT_EQ(merged.counters.complete, whole.complete);
    EXPECT_EQ(merged.counters.moot, whole.moot);
    EXPECT_EQ(merged.counters.revisits, whole.revisits);
    for (const ShardReport& r : reports) EXPECT_LT(r.result.counters.complete, whole.complete);
  }
}

TEST(Shards, ATreeWithoutAFrontierIsTheFirstShards) {
  const Program program = adders(2, 1);
  const auto reports = shards_of(program, 4);
  EXPECT_EQ(reports[0].result.counters.complete, 2U);
  EXPECT_EQ(reports[3].result.counters.complete, 0U);
  std::string why;
  EXPECT_EQ(merge(reports, why).verdict, Verdict::held);
}

TEST(Shards, WithoutAnyCompleteExecutionAreVacuous) {
  atomic<int> x;
  Program program = Objects::of_this_process().copy();
  for (int t = 0; t < 3; ++t) program.threads.push_back([&] { assume(x.fetch_add(1) == 7); });
  const auto reports = shards_of(program, 2);
  std::string why;
  EXPECT_EQ(merge(reports, why).verdict, Verdict::vacuous);
  EXPECT_EQ(why, "");
}

// Merges shards of which something was done to, and returns why they do not cover the tree.
template <class Damage>
std::string why_incomplete(Damage damage) {
  auto reports = shards_of(adders(4, 1), 3);
  damage(reports);
  std::string why;
  EXPECT_EQ(merge(reports, why).verdict, Verdict::incomplete);
  return why;
}

TEST(Shards, AMergeThatDoesNotCoverTheTreeIsIncomplete) {
  using Reports = std::vector<ShardReport>;
  EXPECT_EQ(why_incomplete([](Reports& r) { r.clear(); }), "expected at least one shard, found none");
  EXPECT_EQ(why_incomplete([](Reports& r) { r.erase(r.begin() + 1); }), "shard 1 of 3 is missing");
  EXPECT_EQ(why_incomplete([](Reports& r) { r.push_back(r[0]); }), "shard 0 of 3 is there 2 times");
  EXPECT_EQ(why_incomplete([](Reports& r) { r[1].frontier.digest ^= 1; }), "the shards did not see the same tree");
  EXPECT_EQ(why_incomplete([](Reports& r) { r[1].taken.digest ^= 1; }), "the parts do not add up to the frontier");
  EXPECT_EQ(why_incomplete([](Reports& r) { ++r[1].taken.count; }), "the parts do not add up to the frontier");
  EXPECT_EQ(why_incomplete([](Reports& r) { r[2].shard.total = 4; }), "the shards are of different partitions");
  EXPECT_EQ(why_incomplete([](Reports& r) { ++r[2].shard.depth; }), "the shards are of different partitions");
  EXPECT_EQ(why_incomplete([](Reports& r) { r[2].shard.index = 3; }), "a shard has an index outside its partition");
  EXPECT_EQ(why_incomplete([](Reports& r) { r[1].result.verdict = Verdict::incomplete; }), "shard 1 did not finish");
}

TEST(Shards, ABoundedShardMakesTheMergeBounded) {
  auto reports = shards_of(adders(4, 1), 3);
  reports[1].result.verdict = Verdict::bounded;
  std::string why;
  EXPECT_EQ(merge(reports, why).verdict, Verdict::bounded);
}

TEST(Shards, AViolationOfAnyShardIsTheMerges) {
  auto reports = shards_of(adders(4, 1), 3);
  reports.erase(reports.begin());
  reports[1].result.verdict = Verdict::violation;
  reports[1].result.violation.emplace().message = "found";
  std::string why;
  const Result merged = merge(reports, why);
  EXPECT_EQ(merged.verdict, Verdict::violation);
  EXPECT_EQ(merged.violation->message, "found");
}

TEST(Paths, OfDifferentChildrenDiffer) {
  std::unordered_set<std::uint64_t> paths;
  for (std::uint64_t a = 0; a < 100; ++a)
    for (std::uint64_t b = 0; b < 100; ++b) paths.insert(extend_path(extend_path(0, a), b));
  EXPECT_EQ(paths.size(), 100U * 100U);
}

}  // namespace
}  // namespace checker
