// Findings get smaller: what is left violates the same invariant, and without any one thread or call it does not.
#include "shrink.hpp"

#include <gtest/gtest.h>

#include "models/analyses/table.hpp"
#include "models/catalogue/names.hpp"
#include "models/checker_engine/engine.hpp"
#include "models/scenario/shrink.hpp"

namespace rarena::models {
namespace {

struct Known {
  const char* bug;
  std::size_t threads;  // of the least program
  const char* analysis = "executions";
  const char* mode = "";
};

class Shrinking : public testing::TestWithParam<Known> {
 protected:
  static Job job() {
    const Bug& bug = **bug_named(GetParam().bug);
    AnalysisSpec analysis{.name = GetParam().analysis};
    if (*GetParam().mode != 0) analysis.options["mode"] = GetParam().mode;
    return job_of({bug.scenario, std::string(name(bug.freelist)), bug.name}, analysis).value();
  }
  Finding found() {
    const Bounds bounds{.scheduler = "exhaustive"};
    const auto ending = engine.run(job(), bounds);
    EXPECT_TRUE(ending && ending->violation);
    return finding_of(engine, job(), bounds, *ending);
  }
  bool shows(const ClientProgram& program, const std::string& invariant) {
    Job smaller = job();
    smaller.scenario = {.name = print(program), .program = program};
    const auto ending = engine.run(smaller, {.scheduler = "exhaustive", .invariant = invariant});
    return ending && ending->violation;
  }

  checking::CheckerEngine engine{checking::analyses()};
};

TEST_P(Shrinking, LeavesALocalMinimumThatReplays) {
  const Finding finding = found();
  testing::internal::CaptureStdout();
  const auto s = shrink(engine, finding, 300'000);
  testing::internal::GetCapturedStdout();
  ASSERT_TRUE(s) << s.error();
  EXPECT_EQ(s->to.threads.size(), GetParam().threads) << print(s->to);
  EXPECT_LT(s->to.calls(), s->from.calls());
  EXPECT_EQ(s->undecided, 0U);
  EXPECT_EQ(s->control, "held");
  const std::string invariant = s->finding.violation.invariant;
  EXPECT_EQ(invariant, finding.violation.invariant);
  EXPECT_TRUE(shows(s->to, invariant));
  for (unsigned t = 0; t < s->to.threads.size(); ++t) {
    if (s->to.threads.size() > 1) {
      EXPECT_FALSE(shows(without_thread(s->to, t), invariant)) << t;
    }
    for (std::size_t c = 0; c < s->to.threads[t].size(); ++c)
      EXPECT_FALSE(shows(without_call(s->to, t, c), invariant)) << t << "." << c;
  }
  testing::internal::CaptureStdout();
  const auto replayed = engine.replay(*job_of(s->finding.names, s->finding.analysis), s->finding, false);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("violation: "), std::string::npos);
  ASSERT_TRUE(replayed) << replayed.error();
  EXPECT_TRUE(replayed->reproduced);
}

INSTANTIATE_TEST_SUITE_P(Bugs, Shrinking,
                         testing::Values(Known{"no_confirmation", 1}, Known{"unlink_relaxed", 2}, Known{"give_back_relaxed", 2},
                                         Known{"crate_protocol", 1}, Known{"marker_first", 1, "crash", "power"},
                                         Known{"no_helping", 1, "halting"}),
                         [](const auto& test) { return std::string(test.param.analysis) + "_" + test.param.bug; });

TEST(Shrink, AFindingMayNeedMoreExecutionsThanACandidateGets) {
  checking::CheckerEngine engine{checking::analyses()};
  const Job job = job_of({"free_vs_allocate", "pessimistic", "unlink_relaxed"}).value();
  const Bounds bounds{.scheduler = "exhaustive"};
  const auto ending = engine.run(job, bounds);
  ASSERT_TRUE(ending && ending->iterations > 1);
  testing::internal::CaptureStdout();
  const auto s = shrink(engine, finding_of(engine, job, bounds, *ending), 1);
  testing::internal::GetCapturedStdout();
  ASSERT_TRUE(s) << s.error();
  EXPECT_GT(s->undecided, 0U);
  EXPECT_EQ(s->finding.violation.invariant, "SEG-2");
}

TEST(Shrink, AViolationOfAnotherInvariantIsPassedOver) {
  const Job job = job_of({"descriptors 2, free 2, free 2; a 2, f 0", "pessimistic", "no_confirmation"}).value();
  checking::CheckerEngine engine{checking::analyses()};
  EXPECT_EQ(engine.run(job, {.invariant = "SEG-2"})->verdict, Verdict::violation);
  EXPECT_EQ(engine.run(job, {.invariant = "FL-3"})->verdict, Verdict::held);
  EXPECT_EQ(engine.run(job, {.maximum = 1, .invariant = "FL-3"})->verdict, Verdict::incomplete) << "stopped before the end";
}

TEST(Shrink, WhatShowsNothingIsRefused) {
  checking::CheckerEngine engine{checking::analyses()};
  Finding finding{.engine = "checker",
                  .names = {"free_vs_allocate", "pessimistic", ""},
                  .analysis = {},
                  .bounds = {.scheduler = "exhaustive"},
                  .violation = {"assertion", "SEG-2", "SEG-2: x"},
                  .suspects = {},
                  .attachments = {}};
  EXPECT_NE(shrink(engine, finding, 0).error().find("does not violate SEG-2 on the present code"), std::string::npos);
  finding.names.scenario = "x";
  EXPECT_NE(shrink(engine, finding, 0).error().find("no scenario is called"), std::string::npos);
  finding.names = {"abandoned_unlink", "pessimistic", ""};
  finding.violation = {"assertion", "FL-4", "FL-4: a fitting segment was missed"};
  EXPECT_NE(shrink(engine, finding, 0).error().find("demanded of the whole scenario"), std::string::npos);
}

}  // namespace
}  // namespace rarena::models
