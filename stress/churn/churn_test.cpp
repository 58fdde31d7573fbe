// The parts of churn that need no schedule: options in an artifact, the books of live segments, what is reported about them.
#include <gtest/gtest.h>

#include <string>

#include "churn/target.hpp"
#include "churn/worker.hpp"
#include "shared/pattern.hpp"

namespace rarena::stress {
namespace {

TEST(Settings, SurviveAnArtifact) {
  const Settings settings{.seed = 0xfedcba9876543210U,
                          .backing = Backing::file,
                          .freelist = Freelist::pessimistic,
                          .capacity = 4096,
                          .threads = 7,
                          .operations = 0,
                          .seconds = 1.5,
                          .round = 11,
                          .stall_seconds = 2.5,
                          .hesitate = 9,
                          .bug = "no_tags",
                          .directory = {},
                          .json = {}};
  const nlohmann::json written = to_json(settings);
  EXPECT_EQ(to_json(settings_from(nlohmann::json::parse(written.dump()))), written);
}

TEST(Settings, UnknownNamesAreRejected) {
  nlohmann::json written = to_json(Settings());
  written["backing"] = "tape";
  EXPECT_THROW(settings_from(written), std::runtime_error);
}

TEST(Target, AnUnknownBugCannotRun) {
  EXPECT_THROW(make_target(Settings{.bug = "no_such_bug"}), std::runtime_error);
  EXPECT_THROW(make_target(Settings{.backing = Backing::anonymous, .bug = "no_tags"}), std::runtime_error);
}

TEST(Compare, NamesTheByteThatChanged) {
  const auto target = make_target(Settings{.capacity = 4096});
  const auto given = target->allocate(100, 1, Fill::none);
  ASSERT_TRUE(given);
  const Held held{given->segment, 5};
  paint(target->data(), held.segment, held.serial);
  EXPECT_NO_THROW(compare(*target, held));
  const Offset at = held.segment.offset + 40;
  target->data()[at] ^= std::byte{1};
  try {
    compare(*target, held);
    FAIL() << "expected a violation";
  } catch (const Violation& violation) {
    EXPECT_EQ(std::string(violation.what()).rfind("SEG-1: the byte at " + std::to_string(at) + " ", 0), 0U) << violation.what();
  }
}

TEST(Exchange, GivesWhatSomebodyLeft) {
  Exchange exchange;
  EXPECT_FALSE(exchange.swap(3, Held{{40, 8}, 1}));
  EXPECT_EQ(exchange.swap(3, Held{{48, 8}, 2})->serial, 1U);
  EXPECT_EQ(exchange.peek(3)->serial, 2U);
  EXPECT_EQ(exchange.swap(3, std::nullopt)->segment, (Extent{48, 8}));
  EXPECT_FALSE(exchange.peek(3));
}

TEST(Worker, AloneOnAStoreThatHesitatesTheOracleHolds) {
  for (const auto& [name, freelist] : freelists) {
    const auto target = make_target(Settings{.freelist = freelist, .hesitate = 10});
    Exchange exchange;
    Beat beat;
    Worker worker(*target, exchange, beat, 1, 0, 50);
    for (const Phase phase : {Phase::mixed, Phase::exhaust, Phase::discard, Phase::empty}) {
      worker.run(phase, 500);
      std::vector<Extent> live;
      for (const Held& held : worker.held()) live.push_back(held.segment);
      for (std::size_t slot = 0; slot < Exchange::slots; ++slot)
        if (const auto& held = exchange.peek(slot)) live.push_back(held->segment);
      EXPECT_EQ(target->sound(live), std::nullopt) << name;
    }
    EXPECT_TRUE(worker.held().empty());
    EXPECT_EQ(beat.operations(), 1500U);
  }
}

}  // namespace
}  // namespace rarena::stress
