// The catalogue and the known bugs are read as they are meant, and what is wrong in a file is said with its place.
#include "catalogue.hpp"

#include <gtest/gtest.h>

#include "models/bugs/bugs.hpp"
#include "names.hpp"

namespace rarena::models {
namespace {

std::string reason(const std::string& entry) {
  try {
    read_scenarios(R"({"scenarios": [)" + entry + "]}");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

const std::string good = R"("about": "", "not_shown": "", "freelists": ["none"], "program": "room 1; a 1")";

TEST(Catalogue, EveryScenarioIsAProgramOfItsKinds) {
  unsigned runs = 0;
  for (const Scenario& s : scenarios()) {
    EXPECT_EQ(wrong_with(s.program), "") << s.name;
    EXPECT_EQ(*parse(print(s.program)), s.program) << s.name;
    EXPECT_FALSE(s.about.empty() || s.not_shown.empty()) << s.name;
    EXPECT_EQ(scenario_named(s.name), &s);
    for (const Freelist kind : all_freelists) runs += s.freelists.contains(kind);
    for (const char* engine : {"checker", "relacy", "schedule"})
      for (const char* preset : {"quick", "full"}) EXPECT_TRUE(efforts_of(s.name, engine).contains(preset)) << s.name;
  }
  EXPECT_GE(runs, 57U);
}

TEST(Catalogue, AnEffortOfItsOwnReplacesTheDefault) {
  EXPECT_EQ(efforts_of("churn", "checker")["quick"]["bound"], 14);
  EXPECT_EQ(efforts_of("three_threads_two_calls", "checker")["full"]["exhaustive"], true);
  EXPECT_EQ(efforts_of("recycle", "schedule")["quick"]["random"], 50'000);
}

TEST(Catalogue, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(reason(R"({"name": "x", )" + good + "}"), "");
  EXPECT_NE(reason(R"({"name": "x", "about": ""})").find("scenarios.json: scenario x: "), std::string::npos);
  EXPECT_NE(reason("{" + good + "}").find("scenario without a name"), std::string::npos);
  EXPECT_NE(reason(R"({"name": "x", )" + good + R"(}, {"name": "x", )" + good + "}").find("twice"), std::string::npos);
  EXPECT_NE(reason(R"({"name": "x", "expect": {"else": "FL-4: y"}, )" + good + "}").find("expected 'else', and one of"),
            std::string::npos);
  EXPECT_NE(reason(R"({"name": "x", "about": "", "not_shown": "", "freelists": ["best"], "program": "room 1; a 1"})")
                .find("no freelist is called 'best'"),
            std::string::npos);
  EXPECT_NE(reason(R"({"name": "x", "about": "", "not_shown": "", "freelists": ["none"], "program": "room 1; b 1"})")
                .find("expected 'a N'"),
            std::string::npos);
}

TEST(Expectation, SaysWhatIsWrongAtTheEnd) {
  Outcome outcome;
  outcome.threads[1].allocated = 2;
  EXPECT_EQ(Expectation{}.wrong(outcome), nullptr);
  const Expectation exact{.least = 1, .most = 1, .otherwise = "FL-4: x"}, least{.least = 2}, by_thread{.by_thread = {0, 2}};
  EXPECT_STREQ(exact.wrong(outcome), "FL-4: x");
  EXPECT_EQ(least.wrong(outcome), nullptr);
  EXPECT_EQ(by_thread.wrong(outcome), nullptr);
  outcome.threads[0].allocated = 1;
  EXPECT_NE(by_thread.wrong(outcome), nullptr);
}

TEST(Bugs, HaveAScenarioOfTheCatalogueAndSomeoneWhoFindsThem) {
  for (const Bug& bug : bugs()) {
    EXPECT_EQ(*bug_named(bug.name), &bug) << "names are there once";
    EXPECT_FALSE(bug.about.empty() || bug.found_by.empty()) << bug.name;
    if (bug.scenario.empty()) continue;
    const Scenario* const scenario = scenario_named(bug.scenario);
    ASSERT_NE(scenario, nullptr) << bug.name << ": " << bug.scenario;
    EXPECT_TRUE(scenario->freelists.contains(bug.freelist)) << bug.name;
  }
}

TEST(Bugs, PlantSomething) {
  for (const Bug& bug : bugs())
    EXPECT_EQ(bug.is_of_code(), bug.lie != Lie::none || bug.part != OtherPart::none || !bug.orders.empty()) << bug.name;
  const OrderTable orders = orders_with(*bug_named("unlink_relaxed"));
  EXPECT_EQ(orders[Site::claim_unlink].order, Order::relaxed);
  EXPECT_EQ(orders_with(nullptr)[Site::claim_unlink].order, row(Site::claim_unlink).order);
}

TEST(Bugs, EveryOrderedRowIsWeakenedByOneStep) {
  for (const Row& r : ledger) {
    unsigned weaker = 0;
    for (const Bug& bug : weakened_rows()) weaker += bug.orders.front().site == r.site;
    EXPECT_EQ(weaker, r.order == Order::relaxed ? 0U : r.order == Order::acq_rel ? 2U : 1U) << r.name;
  }
  EXPECT_TRUE(bug_named("weaken:insert_publish=relaxed"));
  EXPECT_NE(bug_named("weaken:nothing=relaxed").error().find("no bug is called"), std::string::npos);
  EXPECT_EQ(why_not_killed(Site::plan_count), "as plan_link");
  EXPECT_EQ(why_not_killed(Site::insert_publish), "");
}

}  // namespace
}  // namespace rarena::models
