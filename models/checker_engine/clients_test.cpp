// Generated clients: the shipped code has the outcomes that are promised, and with known bugs it has not.
#include "clients.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "client_oracle.hpp"
#include "models/clients/scenario_programs.hpp"

namespace rarena::models::checking {
namespace {

ClientsOptions job(const char* start, const char* freelist, unsigned threads, unsigned calls, const char* mutant = "") {
  ClientsOptions options{.start = start, .threads = threads, .calls = calls, .run = {}};
  options.run.names = {"", freelist, mutant};
  return options;
}

ClientsEnding run_or_fail(const ClientsOptions& options) {
  auto ending = run_clients(options);
  EXPECT_TRUE(ending) << ending.error();
  return ending.value_or(ClientsEnding{});
}

TEST(Clients, TheShippedCodeHolds) {
  for (const clients::Start& start : clients::starts)
    for (const char* const freelist : {"none", "optimistic", "pessimistic"}) {
      if (start.kinds == both_lists && std::string_view(freelist) == "none") continue;
      const ClientsEnding e = run_or_fail(job(std::string(start.name).c_str(), freelist, 2, 3));
      EXPECT_FALSE(e.wrong()) << e.program << ": " << (e.violation ? e.violation->message : e.message);
      EXPECT_EQ(e.done, e.programs);
      EXPECT_GT(e.before_symmetry, e.programs);
    }
}

TEST(Clients, SomeOutcomesNeedStepsAndSomeWeakMemory) {
  const ClientsEnding e = run_or_fail(job("list", "optimistic", 2, 3));
  EXPECT_GT(e.need_steps, 0U) << "else the written condition would never be needed";
  EXPECT_GT(e.unexplained, 0U) << "what the first of two places shows, and the second not yet";
  EXPECT_LT(e.need_steps + e.unexplained, e.outcomes);
}

TEST(Clients, AnOrderOfWholeCallsIsNotKept) {
  ClientsOptions options = job("list", "optimistic", 2, 2);
  options.whole_calls = true;
  const ClientsEnding e = run_or_fail(options);
  ASSERT_TRUE(e.violation);
  EXPECT_EQ(invariant_of(*e.violation), "FL-4");
}

TEST(Clients, ABugThatOnlyTheSpecificationSees) {
  ClientsOptions options = job("list", "pessimistic", 2, 2, "missed_fit");
  options.run.artifact = testing::TempDir() + "rarena_clients_test.json";
  const ClientsEnding e = run_or_fail(options);
  ASSERT_TRUE(e.violation);
  EXPECT_TRUE(e.violation->message.starts_with("FL-4: no order of the specification's steps")) << e.violation->message;
  const auto artifact = read_artifact(options.run.artifact);
  ASSERT_TRUE(artifact) << artifact.error();
  EXPECT_EQ(artifact->names.scenario, e.program);
  testing::internal::CaptureStdout();
  EXPECT_EQ(replay(*artifact), true);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("refused"), std::string::npos);
}

struct Planted {
  const char* mutant;
  const char* start;
  const char* invariant;
};

class KnownBugs : public testing::TestWithParam<Planted> {};

TEST_P(KnownBugs, AreFound) {
  const auto [mutant, start, invariant] = GetParam();
  const ClientsEnding e = run_or_fail(job(start, "pessimistic", 2, 3, mutant));
  ASSERT_TRUE(e.violation);
  EXPECT_EQ(invariant_of(*e.violation), invariant) << e.program << ": " << e.violation->message;
}

INSTANTIATE_TEST_SUITE_P(Corpus, KnownBugs,
                         testing::Values(Planted{"no_tags", "list", "FL-3"}, Planted{"no_confirmation", "list", "SEG-2"},
                                         Planted{"publish_relaxed", "owned", "SEG-2"}),
                         [](const auto& test) { return std::string(test.param.mutant); });

// What the symmetry leaves out: the threads by other names have as many executions.
TEST(Clients, ThreadsByOtherNamesHaveAsManyExecutions) {
  const auto executions = [](const clients::ClientProgram& program) {
    std::uint64_t complete = 0;
    const Use use = [&](const checker::Program& p) {
      complete = checker::Explorer(p, explorer_options({})).run().result.counters.complete;
    };
    EXPECT_EQ(with_client_named({clients::print(program), "pessimistic", ""}, use), "");
    return complete;
  };
  for (const char* const start : {"list", "owned"}) {
    const auto all = clients::generate(*clients::start_named(start), Freelist::pessimistic, 2, 3);
    for (const clients::ClientProgram& program : all.programs) {
      clients::ClientProgram other = program;
      std::ranges::reverse(other.threads);
      EXPECT_EQ(executions(program), executions(other)) << clients::print(program);
    }
  }
}

// The scenarios as programs: their executions are those of the scenarios, and the specification has their outcomes.
TEST(Clients, ScenariosAsProgramsHaveTheSameExecutions) {
  for (const char* const name :
       {"free_vs_allocate", "aligned_split", "discard_vs_free", "slab_from_segment", "walk_vs_free", "give_up_vs_discard"}) {
    RunOptions scenario, program;
    scenario.names = {name, "pessimistic", ""};
    program.names = {clients::print(*clients::program_of_scenario(name, Freelist::pessimistic)), "pessimistic", ""};
    const auto one = run(scenario), other = run(program);
    ASSERT_TRUE(one && other) << name;
    EXPECT_EQ(other->report.result.verdict, checker::Verdict::held) << name;
    EXPECT_EQ(one->report.result.counters.complete, other->report.result.counters.complete) << name;
  }
}

TEST(Clients, ShardsShareThePrograms) {
  const ClientsEnding whole = run_or_fail(job("owned", "optimistic", 2, 3));
  std::uint64_t programs = 0, executions = 0;
  for (unsigned shard = 0; shard < 3; ++shard) {
    ClientsOptions options = job("owned", "optimistic", 2, 3);
    options.run.shards = 3;
    options.run.shard = shard;
    const ClientsEnding e = run_or_fail(options);
    programs += e.done;
    executions += e.executions;
  }
  EXPECT_EQ(programs, whole.programs);
  EXPECT_EQ(executions, whole.executions);
}

TEST(Clients, WhatIsLeftOutIsSaid) {
  ClientsOptions options = job("list", "optimistic", 2, 3);
  options.run.maximum_executions = 10;
  const ClientsEnding e = run_or_fail(options);
  EXPECT_FALSE(e.wrong());
  EXPECT_GT(e.cut, 0U);
  EXPECT_EQ(e.cut + e.done, e.programs);
  EXPECT_EQ(to_json(e)["verdict"], "incomplete");
}

TEST(Clients, BadOptionsAreRefused) {
  const auto refused = [](const ClientsOptions& options) {
    const auto ending = run_clients(options);
    return ending ? "" : ending.error();
  };
  EXPECT_NE(refused(job("x", "none", 2, 2)).find("no start is called 'x'; there are: room, list, owned"), std::string::npos);
  EXPECT_NE(refused(job("list", "none", 2, 2)).find("makes no sense with freelist"), std::string::npos);
  EXPECT_NE(refused(job("list", "x", 2, 2)).find("no freelist is called"), std::string::npos);
  EXPECT_NE(refused(job("list", "optimistic", 4, 4)).find("1 to 3 threads"), std::string::npos);
  EXPECT_NE(refused(job("list", "optimistic", 3, 2)).find("at least one call per thread"), std::string::npos);
  EXPECT_NE(refused(job("list", "optimistic", 2, 2, "x")).find("no mutant is called 'x'"), std::string::npos);
}

}  // namespace
}  // namespace rarena::models::checking
