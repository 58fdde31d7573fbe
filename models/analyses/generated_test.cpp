// Generated clients: the shipped code has the outcomes that are promised, and with known bugs it has not.
#include "generated.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/catalogue/catalogue.hpp"
#include "models/catalogue/names.hpp"
#include "models/checker_engine/engine.hpp"
#include "models/engine/shrink.hpp"
#include "table.hpp"

namespace rarena::models::checking {
namespace {

GeneratedOptions options(const char* start, const char* freelist, unsigned threads, unsigned calls, const char* bug = "") {
  return {.start = start, .freelist = freelist, .bug = bug, .threads = threads, .calls = calls};
}

GeneratedEnding run_or_fail(const GeneratedOptions& o) {
  auto ended = run_generated(o);
  EXPECT_TRUE(ended) << ended.error();
  return ended.value_or(GeneratedEnding{});
}

TEST(Generated, TheShippedCodeHolds) {
  for (const clients::Start& start : clients::starts)
    for (const Freelist kind : all_freelists) {
      if (!start.freelists.contains(kind)) continue;
      const unsigned calls = start.merges ? 2 : 3;
      const GeneratedEnding e =
          run_or_fail(options(std::string(start.name).c_str(), std::string(name(kind)).c_str(), 2, calls));
      EXPECT_EQ(e.ending.verdict, Verdict::held) << e.ending.more["program"];
      EXPECT_EQ(e.ending.more["done"], e.ending.more["programs"]);
      EXPECT_GT(e.ending.more["before_symmetry"], e.ending.more["programs"]);
    }
}

TEST(Generated, SomeOutcomesNeedStepsAndSomeWeakMemory) {
  const auto more = run_or_fail(options("list", "optimistic", 2, 3)).ending.more;
  EXPECT_GT(more["need_steps"], 0U) << "else the written condition would never be needed";
  EXPECT_GT(more["unexplained"], 0U) << "what the first of two places shows, and the second not yet";
  EXPECT_LT(more["need_steps"].get<unsigned>() + more["unexplained"].get<unsigned>(), more["outcomes"]);
}

TEST(Generated, AnOrderOfWholeCallsIsNotKept) {
  GeneratedOptions o = options("list", "optimistic", 2, 2);
  o.whole_calls = true;
  const GeneratedEnding e = run_or_fail(o);
  ASSERT_TRUE(e.ending.violation);
  EXPECT_EQ(e.ending.violation->invariant, "FL-4");
}

TEST(Generated, ABugThatOnlyTheSpecificationSees) {
  const GeneratedOptions o = options("list", "pessimistic", 2, 2, "missed_fit");
  const GeneratedEnding e = run_or_fail(o);
  ASSERT_TRUE(e.ending.violation && e.job);
  EXPECT_TRUE(e.ending.violation->message.starts_with("FL-4: no order of the specification's steps"))
      << e.ending.violation->message;
  CheckerEngine engine{analyses()};
  const Finding finding = finding_of(engine, *e.job, o.bounds, e.ending);
  EXPECT_EQ(finding.names.scenario, e.ending.more["program"]);
  testing::internal::CaptureStdout();
  EXPECT_TRUE(engine.replay(*job_of(finding.names, finding.analysis), finding, false)->reproduced);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("refused"), std::string::npos);
}

struct Planted {
  const char* bug;
  const char* start;
  const char* invariant;
};

class GeneratedBugs : public testing::TestWithParam<Planted> {};

TEST_P(GeneratedBugs, AreFound) {
  const auto [bug, start, invariant] = GetParam();
  const GeneratedEnding e = run_or_fail(options(start, "pessimistic", 2, 3, bug));
  ASSERT_TRUE(e.ending.violation);
  EXPECT_EQ(e.ending.violation->invariant, invariant) << e.ending.more["program"] << ": " << e.ending.violation->message;
}

INSTANTIATE_TEST_SUITE_P(Bugs, GeneratedBugs,
                         testing::Values(Planted{"no_tags", "list", "FL-3"}, Planted{"no_confirmation", "list", "SEG-2"},
                                         Planted{"publish_relaxed", "owned", "SEG-2"}),
                         [](const auto& test) { return std::string(test.param.bug); });

// What the symmetry leaves out: the threads by other names have as many executions.
TEST(Generated, ThreadsByOtherNamesHaveAsManyExecutions) {
  const auto executions = [](const ClientProgram& program) {
    const auto ending =
        CheckerEngine(analyses())
            .run({.scenario = {.name = print(program), .program = program}, .freelist = Freelist::pessimistic}, {});
    return ending->more["counters"]["complete"];
  };
  for (const char* const start : {"list", "owned"}) {
    const auto all = clients::generate(*clients::start_named(start), Freelist::pessimistic, 2, 3);
    for (const ClientProgram& program : all.programs) {
      ClientProgram other = program;
      std::ranges::reverse(other.threads);
      EXPECT_EQ(executions(program), executions(other)) << print(program);
    }
  }
}

// The notes that the specification needs cost no executions, and it has the outcomes of the scenarios.
TEST(Generated, ScenariosHaveTheOutcomesOfTheSpecification) {
  for (const char* const named : {"free_vs_allocate", "aligned_split", "discard_vs_free", "slab_from_segment", "walk_vs_free",
                                  "give_up_vs_discard", "merge_vs_allocate", "merge_vs_split", "topmost_vs_free",
                                  "index_vs_list", "two_runs_behind_boundaries", "wide_table"}) {
    const auto plain = CheckerEngine(analyses()).run(*job_of({named, "pessimistic", ""}), {});
    const auto outcomes = CheckerEngine(analyses()).run(*job_of({named, "pessimistic", ""}, {.name = "outcomes"}), {});
    ASSERT_TRUE(plain && outcomes) << named;
    EXPECT_EQ(outcomes->verdict, Verdict::held) << named;
    EXPECT_EQ(plain->more["counters"]["complete"], outcomes->more["counters"]["complete"]) << named;
  }
}

TEST(Generated, WhatIsNotSpecifiedIsRefused) {
  for (const char* const named : {"merges_when_refused", "two_tables_ascending", "two_magazines", "shared_chunk_ends"}) {
    const auto refused = CheckerEngine(analyses()).run(*job_of({named, "pessimistic", ""}, {.name = "outcomes"}), {});
    EXPECT_EQ(refused.error(),
              "the outcomes of calls that merge by themselves, of magazines, and of sizes below a granule, are not specified")
        << named;
    const auto text =
        CheckerEngine(analyses()).run(*job_of({print(scenario_named(named)->program), "pessimistic", ""}), {.maximum = 10});
    EXPECT_TRUE(text) << "the text of the program runs all the same: " << text.error();
  }
}

// One run is in its hands at a time, so another thread finds the other one.
TEST(Generated, AMergeThatHoldsTwoRunsIsFound) {
  const auto ending =
      CheckerEngine(analyses())
          .run(*job_of({"two_runs_behind_boundaries", "pessimistic", "hoarding_merge"}, {.name = "outcomes"}), {});
  ASSERT_TRUE(ending && ending->violation);
  EXPECT_EQ(ending->violation->invariant, "FL-4") << ending->violation->message;
}

TEST(Generated, ShardsShareThePrograms) {
  const GeneratedEnding whole = run_or_fail(options("owned", "optimistic", 2, 3));
  std::uint64_t programs = 0, executions = 0;
  for (unsigned shard = 0; shard < 3; ++shard) {
    GeneratedOptions o = options("owned", "optimistic", 2, 3);
    o.bounds.shards = 3;
    o.bounds.shard = shard;
    const GeneratedEnding e = run_or_fail(o);
    programs += e.ending.more["done"].get<std::uint64_t>();
    executions += e.ending.iterations;
  }
  EXPECT_EQ(programs, whole.ending.more["programs"]);
  EXPECT_EQ(executions, whole.ending.iterations);
}

TEST(Generated, WhatIsLeftOutIsSaid) {
  GeneratedOptions o = options("list", "optimistic", 2, 3);
  o.bounds.maximum = 10;
  const GeneratedEnding e = run_or_fail(o);
  EXPECT_EQ(e.ending.verdict, Verdict::incomplete);
  const auto& more = e.ending.more;
  EXPECT_GT(more["cut"], 0U);
  EXPECT_EQ(more["cut"].get<unsigned>() + more["done"].get<unsigned>(), more["programs"]);
}

TEST(Generated, BadOptionsAreRefused) {
  const auto refused = [](const GeneratedOptions& o) {
    const auto ended = run_generated(o);
    return ended ? "" : ended.error();
  };
  EXPECT_NE(refused(options("x", "none", 2, 2)).find("no start is called 'x'; there are: room, list, owned, merge, index"),
            std::string::npos);
  EXPECT_NE(refused(options("list", "none", 2, 2)).find("makes no sense with freelist"), std::string::npos);
  EXPECT_NE(refused(options("list", "x", 2, 2)).find("no freelist is called"), std::string::npos);
  EXPECT_NE(refused(options("list", "optimistic", 4, 4)).find("1 to 3 threads"), std::string::npos);
  EXPECT_NE(refused(options("list", "optimistic", 3, 2)).find("at least one call per thread"), std::string::npos);
  EXPECT_NE(refused(options("list", "optimistic", 2, 2, "x")).find("no bug is called 'x'"), std::string::npos);
}

}  // namespace
}  // namespace rarena::models::checking
