// Sets of slots, against std::set.
#include "slot_set.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>

namespace rarena::detail::recovery {
namespace {

constexpr std::uint64_t page = 1U << 15U;

TEST(SlotSet, TakesEachNumberOnce) {
  SlotSet set(3 * page);
  for (const std::uint64_t slot : {std::uint64_t{0}, std::uint64_t{63}, std::uint64_t{64}, page - 1, page, 3 * page - 1}) {
    EXPECT_FALSE(set.any_in(slot, slot));
    EXPECT_TRUE(set.insert(slot));
    EXPECT_FALSE(set.insert(slot));
    EXPECT_TRUE(set.any_in(slot, slot));
  }
}

TEST(SlotSet, FindsWhatLiesInARange) {
  for (const std::uint64_t slots : {std::uint64_t{70}, std::uint64_t{1000}, 2 * page + 5}) {
    std::mt19937_64 random(slots);
    SlotSet set(slots);
    std::set<std::uint64_t> known;
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t slot = random() % slots;
      ASSERT_EQ(set.insert(slot), known.insert(slot).second);
      for (int probe = 0; probe < 200; ++probe) {
        const std::uint64_t first = random() % slots, last = first + random() % (slots - first);
        const auto at = known.lower_bound(first);
        ASSERT_EQ(set.any_in(first, last), at != known.end() && *at <= last) << first << ".." << last;
      }
    }
  }
}

TEST(SlotSet, HasNothingInARangeThatIsEmpty) {
  SlotSet set(100);
  set.insert(5);
  EXPECT_FALSE(set.any_in(6, 5));
}

}  // namespace
}  // namespace rarena::detail::recovery
