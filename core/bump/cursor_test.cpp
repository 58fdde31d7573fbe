// The cursor alone: what it takes, gives back and discards.
#include "cursor.hpp"

#include <gtest/gtest.h>

#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "../words/words_test_support.hpp"

namespace rarena::detail {
namespace {

using testing_support::TestMemory;

template <class Store>
class CursorTest : public ::testing::Test {
 protected:
  TestMemory<Store> memory{320};  // data from 112
  Cursor<Store> cursor{memory.store(), memory.geometry()};
};
using Stores = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(CursorTest, Stores);

TYPED_TEST(CursorTest, TakesAdjacentBytes) {
  EXPECT_EQ(this->cursor.allocated(), 112U);
  EXPECT_EQ(this->cursor.take({10}).used(), (Extent{112, 10}));
  EXPECT_EQ(this->cursor.take({7}).used(), (Extent{122, 7}));
  EXPECT_EQ(this->cursor.allocated(), 129U);
}

TYPED_TEST(CursorTest, TakesPaddingWithAnAlignedRequest) {
  (void)this->cursor.take({1});
  const auto fitted = this->cursor.take({10, 32});
  EXPECT_EQ(fitted.padding(), (Extent{113, 15}));
  EXPECT_EQ(fitted.used(), (Extent{128, 10}));
}

TYPED_TEST(CursorTest, TakesTheLastByteAndNoMore) {
  EXPECT_FALSE(this->cursor.take({209}));
  EXPECT_TRUE(this->cursor.take({208}));
  EXPECT_EQ(this->cursor.allocated(), 320U);
  EXPECT_FALSE(this->cursor.take({1}));
}

TYPED_TEST(CursorTest, NoRequestWraps) {
  for (const Size size : {0xffffffffU, 0xfffffff0U, 0xffffffffU - 112 + 1}) {
    EXPECT_FALSE(this->cursor.take({size}));
    EXPECT_FALSE(this->cursor.take({size, 4096}));
  }
  EXPECT_EQ(this->cursor.allocated(), 112U);
}

TYPED_TEST(CursorTest, GivesBackOnlyTheTopmostSegment) {
  const Extent lower = this->cursor.take({10}).used(), upper = this->cursor.take({10}).used();
  EXPECT_FALSE(this->cursor.give_back(lower));
  EXPECT_EQ(this->cursor.allocated(), 132U);
  EXPECT_TRUE(this->cursor.give_back(upper));
  EXPECT_EQ(this->cursor.allocated(), 122U);
  EXPECT_TRUE(this->cursor.give_back(lower));
  EXPECT_EQ(this->cursor.allocated(), 112U);
}

TYPED_TEST(CursorTest, ASlabIsWholeAlignedSlots) {
  (void)this->cursor.take({1});
  const auto fitted = this->cursor.take_slab(3);
  EXPECT_EQ(fitted.padding(), (Extent{113, 15}));
  EXPECT_EQ(fitted.used(), (Extent{128, 48}));
}

TYPED_TEST(CursorTest, ASlabIsAsLargeAsThereIsRoom) {
  (void)this->cursor.take({162});  // up to 274: slots at 288 and 304
  EXPECT_EQ(this->cursor.take_slab(16).used(), (Extent{288, 32}));
  EXPECT_FALSE(this->cursor.take_slab(16));
}

TYPED_TEST(CursorTest, ASlabNeedsAWholeSlot) {
  (void)this->cursor.take({193});  // up to 305: 15 bytes are left
  EXPECT_FALSE(this->cursor.take_slab(1));
  EXPECT_EQ(this->cursor.allocated(), 305U);
}

TYPED_TEST(CursorTest, CountsWhatIsDiscarded) {
  this->cursor.discard({});
  EXPECT_EQ(this->memory.header().discarded, 0U);
  this->cursor.discard(this->cursor.take({10}).used());
  this->cursor.discard(this->cursor.take({5}).used());
  EXPECT_EQ(this->memory.header().discarded, 15U);
}

}  // namespace
}  // namespace rarena::detail
