// Rules of the memory model that no other test notices when they are broken (mutants.py).
//
// Programs (reference/program.hpp) are counted by the checker, in every order of their threads, and by brute force.
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/litmus/litmus_test_support.hpp"
#include "models/checker/litmus/reference_program.hpp"
#include "models/checker/reference/enumerate.hpp"

namespace checker {
namespace {

void expect_agreement(const char* text) {
  SCOPED_TRACE(text);
  const reference::Program program = reference::parse(text);
  const reference::Enumeration expected = reference::enumerate(program);
  ASSERT_FALSE(expected.racy);
  ReferenceProgram subject(program);
  litmus::for_each_order(subject.threads(), [&](litmus::Threads threads) {
    const Result found = check({.weak_failures = subject.weak_failures(), .check_duplicates = true}, std::move(threads));
    EXPECT_EQ(found.verdict, Verdict::held) << litmus::describe(found);
    EXPECT_EQ(found.counters.complete, expected.executions);
    EXPECT_EQ(found.counters.duplicates, 0U);
  });
}

TEST(MemoryModel, ALaterReleaseFenceCoversMore) { expect_agreement("F rel; W x 1 rlx; F rel; W y 1 rlx | R y acq; R x rlx"); }

TEST(MemoryModel, AReadModifyWriteBehindAFenceContinuesItsSourcesReleaseSequence) {
  expect_agreement("W x 1 rlx; W y 1 rel | F rel; FA y 1 rlx | R y acq; R x rlx");
}

// The read in between has a source, which has no message.
TEST(MemoryModel, AnAcquireFenceServesAllEarlierReads) {
  expect_agreement("W x 1 rlx; W y 1 rel | W z 1 rlx | R y rlx; R z rlx; F acq; R x rlx");
}

// The plain access is elsewhere only if it is between.
TEST(MemoryModel, APlainAccessBeforeTwoAccessesIsNotBetweenThem) {
  expect_agreement("R p; W x 1 sc; W x 2 rel | R x acq; R y sc | W y 1 sc; R x sc");
  expect_agreement("W x 1 sc; W x 2 rel; R p | R x acq; R y sc | W y 1 sc; R x sc");
  expect_agreement("R z rlx; R p; W x 1 sc; W x 2 rel | R x acq; R y sc | W y 1 sc; R x sc");
}

// What is behind the fence reads before a seq_cst store, and the other way round.
TEST(MemoryModel, ASeqCstFenceStandsForWhatIsBehindIt) { expect_agreement("W y 1 rlx; F sc; R x rlx | W x 1 sc; R y sc"); }
TEST(MemoryModel, ASeqCstFenceStandsForWhatIsBeforeIt) {
  expect_agreement("R x rlx; F sc; R y sc | W y 1 sc; W x 1 sc | R x sc; W y 2 sc");
  expect_agreement("W y 1 rlx; F sc; W x 1 sc | W x 2 sc; R y sc");
}

// Fences are ordered by a store, a later one, and its reader.
TEST(MemoryModel, SeqCstFencesAreOrderedByCoherence) {
  expect_agreement("W y 1 rlx; F sc; W x 1 rlx | W x 2 rlx | R x rlx; F sc; R y rlx");
}

// More events than the words of a matrix have bits.
TEST(MemoryModel, SeqCstAccessesAmongManyEvents) {
  atomic<int> x, y;
  std::vector<std::unique_ptr<atomic<int>>> own;
  for (int i = 0; i < 2; ++i) own.push_back(std::make_unique<atomic<int>>());
  const auto thread = [&](int i, atomic<int>& stored, atomic<int>& loaded) {
    for (int n = 0; n < 50; ++n) own[static_cast<std::size_t>(i)]->store(n, std::memory_order_relaxed);
    stored.store(1);
    loaded.load();
  };
  const Result result = check({}, [&] { thread(0, x, y); }, [&] { thread(1, y, x); });
  EXPECT_EQ(result.counters.complete, 3U);
}

// The last write is the second by happens-before, whatever the order of the threads.
TEST(MemoryModel, PlainDataHaveTheValueOfTheLastWrite) {
  litmus::Shared s;
  const auto is_set = [](int value) { return value != 0; };
  const litmus::Threads threads = {[&] {
                                     s.data = 1;
                                     s.x.store(1, std::memory_order_release);
                                   },
                                   [&] {
                                     s.x.await(is_set, std::memory_order_acquire);
                                     s.data = 2;
                                     s.y.store(1, std::memory_order_release);
                                   },
                                   [&] {
                                     s.y.await(is_set, std::memory_order_acquire);
                                     require(s.data == 2, "the second write is the last");
                                   }};
  litmus::for_each_order(threads, [&](litmus::Threads ordered) {
    Options options;
    options.finally = [&] { require(s.data == 2, "the second write is the last, in the end"); };
    const Result result = check(options, std::move(ordered));
    EXPECT_EQ(result.verdict, Verdict::held) << litmus::describe(result);
    EXPECT_EQ(result.counters.complete, 1U);
  });
}

}  // namespace
}  // namespace checker
