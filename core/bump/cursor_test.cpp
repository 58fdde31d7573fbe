// The cursor alone: what it takes, gives back and discards.
#include "cursor.hpp"

#include <gtest/gtest.h>

#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "../words/words_test_support.hpp"

namespace rarena {
namespace {

using testing_support::TestMemory;

template <class Store>
class CursorTest : public ::testing::Test {
 protected:
  TestMemory<Store> memory{256};  // data from 40
  Cursor<Store> cursor{memory.store(), memory.geometry()};
};
using Stores = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(CursorTest, Stores);

TYPED_TEST(CursorTest, TakesAdjacentBytes) {
  EXPECT_EQ(this->cursor.allocated(), 40U);
  EXPECT_EQ(this->cursor.take({10})->used, (Extent{40, 10}));
  EXPECT_EQ(this->cursor.take({7})->used, (Extent{50, 7}));
  EXPECT_EQ(this->cursor.allocated(), 57U);
}

TYPED_TEST(CursorTest, TakesPaddingWithAnAlignedRequest) {
  (void)this->cursor.take({1});
  const auto placed = this->cursor.take({10, 32});
  EXPECT_EQ(placed->padding, (Extent{41, 23}));
  EXPECT_EQ(placed->used, (Extent{64, 10}));
}

TYPED_TEST(CursorTest, TakesTheLastByteAndNoMore) {
  EXPECT_FALSE(this->cursor.take({217}));
  EXPECT_TRUE(this->cursor.take({216}));
  EXPECT_EQ(this->cursor.allocated(), 256U);
  EXPECT_FALSE(this->cursor.take({1}));
}

TYPED_TEST(CursorTest, NoRequestWraps) {
  for (const Size size : {0xffffffffU, 0xfffffff0U, 0xffffffffU - 40 + 1}) {
    EXPECT_FALSE(this->cursor.take({size}));
    EXPECT_FALSE(this->cursor.take({size, 4096}));
  }
  EXPECT_EQ(this->cursor.allocated(), 40U);
}

TYPED_TEST(CursorTest, GivesBackOnlyTheTopmostSegment) {
  const Extent lower = this->cursor.take({10})->used, upper = this->cursor.take({10})->used;
  EXPECT_FALSE(this->cursor.give_back(lower));
  EXPECT_EQ(this->cursor.allocated(), 60U);
  EXPECT_TRUE(this->cursor.give_back(upper));
  EXPECT_EQ(this->cursor.allocated(), 50U);
  EXPECT_TRUE(this->cursor.give_back(lower));
  EXPECT_EQ(this->cursor.allocated(), 40U);
}

TYPED_TEST(CursorTest, ASlabIsWholeAlignedSlots) {
  (void)this->cursor.take({1});
  const auto placed = this->cursor.take_slab(3);
  EXPECT_EQ(placed->padding, (Extent{41, 7}));
  EXPECT_EQ(placed->used, (Extent{48, 48}));
}

TYPED_TEST(CursorTest, ASlabIsAsLargeAsThereIsRoom) {
  (void)this->cursor.take({170});  // up to 210: slots at 224 and 240
  EXPECT_EQ(this->cursor.take_slab(16)->used, (Extent{224, 32}));
  EXPECT_FALSE(this->cursor.take_slab(16));
}

TYPED_TEST(CursorTest, ASlabNeedsAWholeSlot) {
  (void)this->cursor.take({201});  // up to 241: 15 bytes are left
  EXPECT_FALSE(this->cursor.take_slab(1));
  EXPECT_EQ(this->cursor.allocated(), 241U);
}

TYPED_TEST(CursorTest, CountsWhatIsDiscarded) {
  this->cursor.discard({});
  EXPECT_EQ(this->memory.header().discarded, 0U);
  this->cursor.discard(this->cursor.take({10})->used);
  this->cursor.discard(this->cursor.take({5})->used);
  EXPECT_EQ(this->memory.header().discarded, 15U);
}

}  // namespace
}  // namespace rarena
