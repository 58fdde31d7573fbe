// BackOff, and the stores that wait by it.
#include "back_off.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "atomic_store.hpp"
#include "ordered_store.hpp"
#include "words_test_support.hpp"

namespace rarena::detail {
namespace {

// The pauses of so many waits.
template <class Wait>
std::vector<unsigned> pauses_of(BackOff& back_off, Wait wait) {
  std::vector<unsigned> pauses;
  for (int i = 0; i < 9; ++i) {
    pauses.push_back(back_off.pauses());
    wait();
  }
  return pauses;
}

const std::vector<unsigned> doubled = {1, 2, 4, 8, 16, 32, 64, 64, 64};

TEST(BackOff, WaitsTwiceAsLongEachTimeUpToALimit) {
  BackOff back_off;
  EXPECT_EQ(pauses_of(back_off, [&] { back_off.wait(); }), doubled);
}

TEST(BackOff, IsWhatConcurrentStoresRetryBy) {
  testing_support::TestMemory<AtomicStore> memory{1024};
  const AtomicStore atomic = memory.store();
  BackOff loop = atomic.loop_head();
  EXPECT_EQ(pauses_of(loop, [&] { atomic.retry(loop); }), doubled);
  const OrderTable orders;
  const OrderedStore ordered(memory.data(), orders);
  loop = ordered.loop_head();
  EXPECT_EQ(pauses_of(loop, [&] { ordered.retry(loop); }), doubled);
}

}  // namespace
}  // namespace rarena::detail
