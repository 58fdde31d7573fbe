// The walk: it agrees with the list that the freelist code made, lists every violation, and ends on any bytes.
#include "structure.hpp"

#include <gtest/gtest.h>

#include "recovery_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

std::vector<Error> violations(const MemoryView& view) {
  std::vector<Error> found;
  examine(view, {.violation = [&](const Error& error) {
            found.push_back(error);
            return true;
          }});
  return found;
}

class Walks : public ::testing::TestWithParam<Freelist> {
 protected:
  // A memory whose list and spare stack have a few descriptors.
  History grown() {
    for (std::uint64_t seed = 0;; ++seed) {
      History history(GetParam(), 3000, seed);
      history.live_on(120);
      const Structure s = history.structure();
      if (s.free.size() >= 4 && s.spare.size() >= 2) return history;
    }
  }
  static void set(History& history, Word<std::uint64_t> word, std::uint64_t value) {
    history.store().store(word, value, Site::plan_link);
  }
  static std::uint64_t place(Word<std::uint64_t> word) { return static_cast<std::uint64_t>(word.place); }
};
INSTANTIATE_TEST_SUITE_P(Kinds, Walks, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

TEST_P(Walks, AgreeWithTheListAndTheAccount) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    History history(GetParam(), 3000, seed);
    history.live_on(200);
    EXPECT_TRUE(violations(history.view()).empty());
    const Structure s = history.structure();
    std::vector<Extent> listed;
    FreeSegments<PlainStore>(history.store(), history.geometry(), GetParam(), Tuning{.slab = 4}).walk([&](Extent e) {
      listed.push_back(e);
    });
    ASSERT_EQ(s.free.size(), listed.size());
    for (std::size_t i = 0; i < listed.size(); ++i) EXPECT_EQ(s.free[i].extent, listed[i]);
    EXPECT_EQ(s.unlisted_bytes(), live_bytes(history.live())) << "SEG-2";
  }
}

TEST_P(Walks, ListEveryViolation) {
  History history = grown();
  const Structure s = history.structure();
  set(history, Geometry::extent(s.free[1].descriptor), encode(Extent{s.free[1].extent.offset, 0}));
  const auto spare = Geometry::link(s.spare[0]);
  const Link link(history.view().load(spare)), unmarked(link.next(), false, link.tag());
  set(history, spare, unmarked.bits());
  const std::vector<Error> found = violations(history.view());
  const auto has = [&](const Error& error) { return std::ranges::find(found, error) != found.end(); };
  const std::uint64_t size_at = place(Geometry::extent(s.free[1].descriptor)) + 4;
  EXPECT_TRUE(has({.code = ErrorCode::bad_freelist, .asked = 1, .there = 0, .at = size_at}));
  EXPECT_TRUE(has({.code = ErrorCode::bad_freelist, .asked = link.bits(), .there = unmarked.bits(), .at = s.spare[0]}));
  EXPECT_GE(found.size(), 2U);
}

TEST_P(Walks, FindOverlaps) {
  const auto overlap = [&](Extent wrong, History history) {
    const Structure s = history.structure();
    // Of the size of its neighbour in the list, so that the order does not give it away.
    set(history, Geometry::extent(s.free[1].descriptor), encode(wrong));
    return std::ranges::any_of(violations(history.view()),
                               [](const Error& e) { return e.code == ErrorCode::overlapping_segments; });
  };
  const History history = grown();
  const Structure s = History(history).structure();
  EXPECT_FALSE(overlap(s.free[1].extent, history));
  EXPECT_TRUE(overlap({s.free[0].extent.offset, s.free[1].extent.size}, history)) << "a free segment twice";
  EXPECT_TRUE(overlap({s.free[2].descriptor, descriptor_size}, history)) << "a descriptor in use";
  EXPECT_TRUE(overlap({s.spare[0], descriptor_size}, history)) << "an unused descriptor";
  EXPECT_TRUE(overlap({s.free[1].descriptor, descriptor_size}, history)) << "its own descriptor";
}

// The wide one covers both others, which do not touch each other.
// So many that they are sorted by their digits.
TEST_P(Walks, FindOverlapsAmongMany) {
  History history(GetParam(), 1'000'000, 3);
  history.live_on(9000);
  const Structure s = history.structure();
  ASSERT_GT(2 * s.free.size() + s.spare.size(), 600U);
  EXPECT_TRUE(violations(history.view()).empty());
  for (std::size_t i = 0; i + 1 < s.free.size(); i += 7) {
    const Extent own = s.free[i].extent, other = s.free[i + 1].extent;
    const auto word = Geometry::extent(s.free[i].descriptor);
    for (const Offset offset :
         {other.offset, static_cast<Offset>(other.end() - 1), static_cast<Offset>(s.free[i].descriptor)}) {
      set(history, word, encode(Extent{offset, own.size}));
      EXPECT_TRUE(std::ranges::any_of(violations(history.view()),
                                      [](const Error& e) { return e.code == ErrorCode::overlapping_segments; }))
          << i << " at " << offset;
    }
    set(history, word, encode(own));
  }
}

TEST_P(Walks, FindEveryPartThatAWideOneCovers) {
  History history = grown();
  const Structure s = history.structure();
  set(history, Geometry::extent(s.free[0].descriptor), encode(extent_between(s.data_offset, s.allocated)));
  const auto found = violations(history.view());
  const auto overlaps = std::ranges::count(found, ErrorCode::overlapping_segments, &Error::code);
  EXPECT_EQ(static_cast<std::size_t>(overlaps), 2 * s.free.size() - 1 + s.spare.size());
}

TEST_P(Walks, FindADescriptorThatIsReachedTwice) {
  History history = grown();
  const Structure s = history.structure();
  const auto head = history.geometry().spare_head();
  set(history, head, Link(s.free[0].descriptor, false, 9).bits());
  EXPECT_EQ(violations(history.view()),
            (std::vector<Error>{
                {.code = ErrorCode::bad_freelist, .asked = null_offset, .there = s.free[0].descriptor, .at = place(head)}}));
}

TEST_P(Walks, StopWhenTheyAreToldTo) {
  History history = grown();
  const Structure s = history.structure();
  for (const ListedSegment& segment : s.free) set(history, Geometry::extent(segment.descriptor), 0);
  int calls = 0;
  examine(history.view(), {.violation = [&](const Error&) { return ++calls < 2; }});
  EXPECT_EQ(calls, 2);
}

TEST_P(Walks, StopAtAnOverlapWhenTheyAreToldTo) {
  History history = grown();
  const Structure s = history.structure();
  const ListedSegment& largest = GetParam() == Freelist::optimistic ? s.free.front() : s.free.back();
  set(history, Geometry::extent(largest.descriptor), encode(extent_between(s.data_offset, s.allocated)));
  std::vector<ErrorCode> found;
  examine(history.view(), {.violation = [&](const Error& error) {
            found.push_back(error.code);
            return false;
          }});
  EXPECT_EQ(found, std::vector{ErrorCode::overlapping_segments});
}

// Links are biased towards what exists, so that walks get somewhere.
TEST_P(Walks, EndOnAnyBytes) {
  constexpr int images = 3000;
  std::size_t sound = 0, met = 0;
  for (int i = 0; i < images; ++i) {
    History history(GetParam(), 400 + 16 * static_cast<Size>(i % 40), static_cast<std::uint64_t>(i));
    history.live_on(i % 50);
    const Size words = history.geometry().capacity() / 8;
    for (Size n = history.below(12); n > 0; --n) {
      const std::uint64_t any = history.below(0xffffffff) | std::uint64_t{history.below(0xffffffff)} << 32U;
      const Word<std::uint64_t> word{Place{8} * history.below(words)};
      const Link link(history.below(words) * 8, history.below(2) == 0, any);
      if (word.place > 8) set(history, word, history.below(2) == 0 ? link.bits() : any);
    }
    std::size_t faults = violations(history.view()).size();
    sound += faults == 0;
    met += history.structure().free.size();
    EXPECT_LE(faults, 3 * words + 4);
  }
  EXPECT_GT(sound, 0U);
  EXPECT_LT(sound, static_cast<std::size_t>(images));
  EXPECT_GT(met, 0U);
}

}  // namespace
}  // namespace rarena::detail
