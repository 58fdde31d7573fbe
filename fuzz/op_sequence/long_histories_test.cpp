// Histories with so many free segments that searches make tables of boundaries: the arena does what the reference does, and
// bugs that only an index has are found.
#include <gtest/gtest.h>

#include "fuzz/op_sequence/planted.hpp"
#include "models/operations/judge.hpp"
#include "models/operations/text.hpp"
#include "models/oracle/random.hpp"

namespace rarena::operations {
namespace {

// Fills an arena with small segments, and then frees and allocates in turns.
History long_history(Freelist freelist, StoreKind store, std::uint64_t seed) {
  constexpr std::uint64_t filling = 400, all = 1600;
  oracle::Random random(seed);
  History history{{.freelist = freelist, .store = store, .unify = true, .capacity = 12000, .minimum = 1, .index = 2000}, {}};
  for (std::uint64_t i = 0; i < all; ++i) {
    Operation operation{.kind = Operation::Kind::allocate, .amount = 1 + random.below(40)};
    if (i > filling && random.below(2) == 0)
      operation.kind = random.below(8) == 0 ? Operation::Kind::free_split : Operation::Kind::free;
    if (operation.kind != Operation::Kind::allocate) operation.choice = static_cast<std::uint8_t>(random.below(256));
    if (i % 400 == 399) operation = {.kind = Operation::Kind::merge};
    history.operations.push_back(plain(operation));
  }
  return history;
}

class LongHistories : public testing::TestWithParam<std::tuple<Freelist, StoreKind>> {};

TEST_P(LongHistories, AgreeWithTheReference) {
  const auto [freelist, store] = GetParam();
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    History history = long_history(freelist, store, seed);
    if (seed == 2) history.setting.merging = Merging::on_request;
    const auto finding = judge(history);
    ASSERT_FALSE(finding) << "seed " << seed << "\n" << artifact(history, *finding);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, LongHistories,
                         testing::Combine(testing::Values(Freelist::optimistic, Freelist::pessimistic),
                                          testing::Values(StoreKind::atomic, StoreKind::plain)));

class BugsOfAnIndex : public testing::TestWithParam<const char*> {};

TEST_P(BugsOfAnIndex, AreFound) {
  const models::Bug& bug = *models::bug_named(GetParam()).value();
  const auto finding = fuzz::judge_planted(long_history(bug.freelist, StoreKind::atomic, 1), bug);
  ASSERT_TRUE(finding);
  EXPECT_TRUE(finding->message.starts_with("FL-") || finding->message.starts_with("SEG-")) << finding->message;
}

INSTANTIATE_TEST_SUITE_P(Known, BugsOfAnIndex, testing::Values("unlinked_table", "claimed_boundary", "late_confirmation"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace rarena::operations
