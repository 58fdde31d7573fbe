// One shared chunk over one allocator: where bytes come from, and who has them afterwards.
#include "shared_chunk.hpp"

#include <gtest/gtest.h>

#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "../words/words_test_support.hpp"
#include "allocator.hpp"

namespace rarena::detail {
namespace {

using testing_support::TestMemory;

template <class Store>
class SharedChunkTest : public ::testing::Test {
 protected:
  Carved take(Size size, Size alignment = 1) { return chunk.take(allocator, store, {size, alignment}); }

  TestMemory<Store> memory{4096};  // data from 112
  Store store = memory.store();
  Allocator<Store> allocator = make_allocator(store, memory.geometry(), Freelist::pessimistic, {});
  alignas(16) std::uint64_t word = 0;
  SharedChunk<Store> chunk{Store(reinterpret_cast<std::byte*>(&word)), {}, 256};
};
using StoresOfChunks = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(SharedChunkTest, StoresOfChunks);

TYPED_TEST(SharedChunkTest, HasNothingUntilItBegins) {
  EXPECT_FALSE(this->take(10));
  EXPECT_FALSE(this->chunk.has_begun());
  this->chunk.begin(this->allocator, this->store);
  EXPECT_EQ(this->chunk.left(), (Extent{112, 256}));
  this->chunk.begin(this->allocator, this->store);
  EXPECT_EQ(this->chunk.left(), (Extent{112, 256})) << "it has begun already";
  EXPECT_EQ(this->take(10).used(), (Extent{112, 10}));
  const Carved aligned = this->take(10, 32);
  EXPECT_EQ(aligned.all(), (Extent{122, 16}));
  EXPECT_EQ(aligned.used(), (Extent{128, 10}));
}

TYPED_TEST(SharedChunkTest, AFreshOneTakesThePlaceOfWhatIsTooSmall) {
  this->chunk.begin(this->allocator, this->store);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(this->take(62).used().size, 62U);
  EXPECT_EQ(this->chunk.left().size, 8U);
  EXPECT_FALSE(this->take(100)) << "more than a quarter, and more than is left";
  EXPECT_EQ(this->take(20).used(), (Extent{368, 20}));
  EXPECT_EQ(this->chunk.left(), (Extent{388, 236}));
  EXPECT_EQ(this->allocator.segments().left_for({1, 1}).bytes, 8U) << "what was left is free";
}

TYPED_TEST(SharedChunkTest, TakesBackWhatEndsWhereItBegins) {
  this->chunk.begin(this->allocator, this->store);
  const Extent one = this->take(20).used(), two = this->take(20).used();
  EXPECT_FALSE(this->chunk.give_back(this->store, one));
  EXPECT_TRUE(this->chunk.give_back(this->store, two));
  EXPECT_TRUE(this->chunk.give_back(this->store, one));
  EXPECT_EQ(this->chunk.left(), (Extent{112, 256}));
}

TYPED_TEST(SharedChunkTest, AnExhaustedOneTakesBackToo) {
  this->chunk.begin(this->allocator, this->store);
  const Extent all = this->take(256).used();
  EXPECT_TRUE(this->chunk.left().empty());
  EXPECT_TRUE(this->chunk.has_begun());
  EXPECT_TRUE(this->chunk.give_back(this->store, all));
  EXPECT_EQ(this->chunk.left(), all);
}

TYPED_TEST(SharedChunkTest, EndsOnce) {
  this->chunk.begin(this->allocator, this->store);
  (void)this->take(20);
  this->chunk.end(this->allocator, this->store);
  EXPECT_FALSE(this->chunk.has_begun());
  EXPECT_EQ(this->allocator.cursor().allocated(), 132U);
  this->chunk.end(this->allocator, this->store);
  EXPECT_EQ(this->allocator.cursor().allocated(), 132U);
  EXPECT_FALSE(this->take(10));
}

TYPED_TEST(SharedChunkTest, EndsWhereThereIsNoRoomForAFreshOne) {
  this->chunk.begin(this->allocator, this->store);
  for (int i = 0; i < 4; ++i) (void)this->take(62);
  const auto rest = this->allocator.allocate({4096 - 368 - 128, 1});
  ASSERT_TRUE(rest);
  EXPECT_FALSE(this->take(100)) << "more than a quarter";
  EXPECT_TRUE(this->chunk.has_begun());
  EXPECT_FALSE(this->take(20));
  EXPECT_FALSE(this->chunk.has_begun());
  EXPECT_EQ(this->allocator.segments().left_for({1, 1}).bytes, 8U) << "what was left is free";
  EXPECT_FALSE(this->take(8)) << "what the source has, it hands out itself";

  this->allocator.take_back(rest->segment);
  this->chunk.begin(this->allocator, this->store);
  EXPECT_EQ(this->take(20).used().size, 20U);
}

}  // namespace
}  // namespace rarena::detail
