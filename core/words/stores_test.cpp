// AtomicStore and PlainStore do the same to the same words.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "atomic_store.hpp"
#include "plain_store.hpp"
#include "words_test_support.hpp"

namespace rarena::detail {
namespace {

using testing_support::TestMemory;

enum class Operation { load, store, exchange_hit, exchange_miss, add };

struct Step {
  Operation operation;
  std::uint64_t value;
  std::uint64_t result;  // what the operation returns: the value seen, or whether it succeeded
  std::uint64_t after;   // what the word holds then
};

const std::vector<Step> table = {
    {Operation::load, 0, 0, 0},
    {Operation::store, 7, 0, 7},
    {Operation::load, 0, 7, 7},
    {Operation::exchange_hit, 9, 1, 9},
    {Operation::exchange_miss, 11, 0, 9},
    {Operation::add, 5, 9, 14},
    {Operation::add, ~std::uint64_t{0}, 14, 13},  // wraps, as an unsigned integer does
    {Operation::load, 0, 13, 13},
};

template <class Store, class T>
std::uint64_t apply(const Store& store, Word<T> word, const Step& step) {
  const T value = static_cast<T>(step.value);
  switch (step.operation) {
    case Operation::load: return store.load(word, Site::find_head);
    case Operation::store: store.store(word, value, Site::insert_link); return 0;
    case Operation::add: return store.fetch_add(word, value, Site::discarded_add);
    case Operation::exchange_hit: {
      auto loop = store.loop_head();
      T expected = store.load(word, Site::find_head);
      while (!store.compare_exchange_weak(word, expected, value, Site::claim_mark)) store.retry(loop);
      return 1;
    }
    case Operation::exchange_miss: {
      T expected = static_cast<T>(value + 1);
      const bool done = store.compare_exchange_weak(word, expected, value, Site::claim_mark);
      EXPECT_EQ(expected, store.load(word, Site::find_head)) << "a failure leaves the value read";
      return done;
    }
  }
  return 0;
}

template <class Store>
class StoreTest : public ::testing::Test {};
using Stores = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(StoreTest, Stores);

TYPED_TEST(StoreTest, FollowsTheTableOn64BitsAnd32Bits) {
  TestMemory<TypeParam> memory(256);
  const Word<std::uint64_t> wide{64};
  const Word<std::uint32_t> narrow{80};
  for (std::size_t i = 0; i < table.size(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i));
    EXPECT_EQ(apply(memory.store(), wide, table[i]), table[i].result);
    EXPECT_EQ(memory.store().load(wide, Site::find_head), table[i].after);
    EXPECT_EQ(apply(memory.store(), narrow, table[i]), table[i].result);
    EXPECT_EQ(memory.store().load(narrow, Site::find_head), table[i].after);
  }
}

TYPED_TEST(StoreTest, TouchesNothingBesideTheWord) {
  TestMemory<TypeParam> memory(256);
  memory.store().store(Word<std::uint32_t>{68}, 0xffffffffU, Site::insert_link);
  EXPECT_EQ(memory.store().load(Word<std::uint32_t>{64}, Site::find_head), 0U);
  EXPECT_EQ(memory.store().load(Word<std::uint32_t>{72}, Site::find_head), 0U);
  EXPECT_EQ(memory.store().load(Word<std::uint64_t>{64}, Site::find_head), 0xffffffff00000000U) << "little-endian";
}

TYPED_TEST(StoreTest, CopiesNameTheSameWords) {
  TestMemory<TypeParam> memory(256);
  const TypeParam first = memory.store(), second = first;
  first.store(Word<std::uint64_t>{64}, std::uint64_t{3}, Site::insert_link);
  EXPECT_EQ(second.load(Word<std::uint64_t>{64}, Site::find_head), 3U);
}

TYPED_TEST(StoreTest, GhostsChangeNoByte) {
  TestMemory<TypeParam> memory(256);
  memory.data()[100] = std::byte{42};
  memory.store().release({96, 16});
  memory.store().claim({96, 16});
  EXPECT_EQ(memory.data()[100], std::byte{42});
}

TEST(Stores, SayWhetherOthersMayBeAtWork) {
  EXPECT_TRUE(AtomicStore::concurrent);
  EXPECT_FALSE(PlainStore::concurrent);
}

}  // namespace
}  // namespace rarena::detail
