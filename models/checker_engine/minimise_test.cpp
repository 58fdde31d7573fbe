// Known bugs get smaller: what is left violates the same invariant, and without any one thread or call it does not.
#include "minimise.hpp"

#include <gtest/gtest.h>

#include "models/clients/minimise.hpp"

namespace rarena::models::checking {
namespace {

struct Bug {
  const char* mutant;
  const char* scenario;
  const char* freelist;
  std::size_t threads;  // of the least program
};

class Minimising : public testing::TestWithParam<Bug> {
 protected:
  static std::string path(const std::string& name) { return testing::TempDir() + "rarena_minimise_test_" + name; }

  static Artifact violation(const Bug& bug) {
    RunOptions options;
    options.names = {bug.scenario, bug.freelist, bug.mutant};
    options.artifact = path(std::string(bug.mutant) + ".json");
    EXPECT_TRUE(run(options));
    auto artifact = read_artifact(options.artifact);
    EXPECT_TRUE(artifact) << artifact.error();
    return artifact.value_or(Artifact{});
  }
  static bool shows(const clients::ClientProgram& program, const Minimised& m) {
    std::uint64_t executions = 0;
    const auto found = violates(program, m.names, m.invariant, 0, 1, executions);
    return found.value_or(false);
  }
};

TEST_P(Minimising, LeavesALocalMinimumThatReplays) {
  const Bug bug = GetParam();
  const Artifact artifact = violation(bug);
  const std::string least = path(std::string(bug.mutant) + ".least.json");
  testing::internal::CaptureStdout();
  const auto m = minimise(artifact, {.artifact = least});
  testing::internal::GetCapturedStdout();
  ASSERT_TRUE(m) << m.error();
  EXPECT_EQ(m->to.threads.size(), bug.threads) << clients::print(m->to);
  EXPECT_LT(m->to.calls(), m->from.calls());
  EXPECT_EQ(m->undecided, 0U);
  EXPECT_TRUE(m->all_seen);
  EXPECT_EQ(m->twin, "held");
  EXPECT_TRUE(shows(m->to, *m));
  for (unsigned t = 0; t < m->to.threads.size(); ++t) {
    if (m->to.threads.size() > 1) {
      EXPECT_FALSE(shows(clients::without_thread(m->to, t), *m)) << t;
    }
    for (std::size_t c = 0; c < m->to.threads[t].size(); ++c)
      EXPECT_FALSE(shows(clients::without_call(m->to, t, c), *m)) << t << "." << c;
  }
  const auto replayed = read_artifact(least);
  ASSERT_TRUE(replayed) << replayed.error();
  testing::internal::CaptureStdout();
  EXPECT_EQ(replay(*replayed), true);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("violation: "), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Corpus, Minimising,
                         testing::Values(Bug{"no_confirmation", "two_allocators_two_segments", "pessimistic", 1},
                                         Bug{"unlink_relaxed", "free_vs_allocate", "pessimistic", 2},
                                         Bug{"give_back_relaxed", "cursor_hand_over", "none", 2},
                                         Bug{"crate_protocol", "recycle", "optimistic", 1}),
                         [](const auto& test) { return std::string(test.param.mutant); });

TEST(Minimise, WhatCannotBeDoneGetsASentence) {
  const auto why = [](const Artifact& artifact) {
    const auto m = minimise(artifact, {});
    return m ? "" : m.error();
  };
  Artifact halting{.names = {"recycle", "optimistic", "crate_protocol"}, .halting = HaltingPoint{}, .execution = {}};
  EXPECT_NE(why(halting).find("a thread that stops for ever"), std::string::npos);
  Artifact held{.names = {"recycle", "optimistic", ""}, .execution = {}};
  EXPECT_NE(why(held).find("records no violation"), std::string::npos);
  held.execution.violation = checker::RecordedViolation{.message = "SEG-1: no such thing"};
  held.names.scenario = "two_allocators_one_segment";
  EXPECT_NE(why(held).find("does not violate SEG-1 on the present code"), std::string::npos);
  held.names.scenario = "no_such";
  EXPECT_NE(why(held).find("no scenario is called 'no_such'"), std::string::npos);
}

TEST(Minimise, AViolationOfAnotherInvariantIsPassedOver) {
  const auto program = clients::parse("descriptors 2, free 2, free 2; a 2, f 0");
  ASSERT_TRUE(program);
  const Names names{"", "pessimistic", "no_confirmation"};
  std::uint64_t executions = 0;
  EXPECT_EQ(violates(*program, names, "SEG-2", 0, 1, executions), true);
  EXPECT_EQ(violates(*program, names, "FL-3", 0, 1, executions), false);
  EXPECT_EQ(violates(*program, names, "FL-3", 1, 1, executions), std::nullopt) << "stopped before the end";
}

// Two threads, x = 1 and a read of x: as few switches as there can be.
checker::Graph message(bool old) {
  checker::Graph g;
  g.reset(2, 1);
  const checker::Stamp write = g.add(0, checker::Kind::write, 0, {});
  g.place(write, 1);
  g.add(0, checker::Kind::end, checker::no_cell, {});
  for (const checker::Stamp source : {write, old ? checker::initial : write}) {
    const checker::Stamp read = g.add(1, checker::Kind::read, 0, {});
    g[read].source = source;
  }
  return g;
}

TEST(Switches, AreCountedAlongTheBestOrder) {
  const StepOrder order = fewest_switches(message(false));
  EXPECT_TRUE(order.interleaved);
  EXPECT_EQ(order.switches, 1U);
  EXPECT_EQ(order.old_reads, 0U);
  EXPECT_EQ(describe(message(false), order), "thread 0: 0.0 to 0.1; thread 1: 1.0 to 1.1");
  const StepOrder weak = fewest_switches(message(true));
  EXPECT_FALSE(weak.interleaved);
  EXPECT_EQ(weak.old_reads, 1U);
  EXPECT_TRUE(order < weak);
}

}  // namespace
}  // namespace rarena::models::checking
