// The allocator alone: what it refuses of its callers, whom the arena has already checked.
#include "allocator.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "../words/atomic_store.hpp"
#include "../words/plain_store.hpp"
#include "../words/words_test_support.hpp"
#include "freelist_test_support.hpp"

namespace rarena::detail {
namespace {

using testing_support::TestMemory;

template <class Store>
class AllocatorTest : public ::testing::Test {
 protected:
  std::string bytes() { return {reinterpret_cast<const char*>(memory.data()), memory.geometry().capacity()}; }

  TestMemory<Store> memory{1024};
  Allocator<Store> allocator = make_allocator(memory.store(), memory.geometry(), Freelist::optimistic, {});
};
using Stores = ::testing::Types<AtomicStore, PlainStore>;
TYPED_TEST_SUITE(AllocatorTest, Stores);

TYPED_TEST(AllocatorTest, WhatIsNotAllocatedCannotBeGivenUp) {
  const auto owned = this->allocator.allocate({200});
  ASSERT_TRUE(owned);
  const Offset begin = owned->used.offset, top = begin + 200;
  const std::string before = this->bytes();
  for (const Extent wrong : {Extent{0, 8}, {begin - 1, 2}, {top, 1}, {top - 1, 2}, {begin, 0xffffffff}, {0xffffffff, 1}}) {
    const auto refused = this->allocator.deallocate(wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(),
              (Error{.code = ErrorCode::out_of_range, .asked = wrong.end(), .there = top, .at = wrong.offset}));
  }
  EXPECT_TRUE(this->allocator.deallocate({0, 0})) << "nothing lies everywhere";
  EXPECT_EQ(this->bytes(), before);
  EXPECT_TRUE(this->allocator.deallocate(owned->segment));
}

// As damage leaves it, or a cursor that went down between the two looks of one call.
TYPED_TEST(AllocatorTest, AnAccountOfMoreThanThereIsLeavesNothingToGiveUp) {
  ASSERT_TRUE(this->allocator.allocate({100}));
  const Size begin = static_cast<Size>(this->memory.geometry().data_offset());
  this->allocator.cursor().count_discarded(101);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}})
    EXPECT_EQ(this->allocator.give_up(bytes).error().code, ErrorCode::out_of_range) << bytes;
  EXPECT_EQ(this->allocator.give_up(1).error(),
            (Error{.code = ErrorCode::out_of_range, .asked = begin + 102U, .there = begin + 100U, .at = begin + 101U}));
  EXPECT_EQ(this->memory.header().discarded, 101U);
}

// While it yields, another thread gives up what the request needs.
struct Elsewhere {
  std::function<void()> run;
  int yields = 0;
};
class YieldingStore : public AtomicStore {
 public:
  YieldingStore(std::byte* memory, Elsewhere& elsewhere) : AtomicStore(memory), elsewhere_(&elsewhere) {}
  void yield() const {
    ++elsewhere_->yields;
    if (elsewhere_->run) std::exchange(elsewhere_->run, {})();
  }

 private:
  Elsewhere* elsewhere_;
};

class RefusedRequest : public ::testing::Test {
 protected:
  RefusedRequest() { EXPECT_TRUE(first && rest); }

  static constexpr Size capacity = 1U << 16U;
  TestMemory<AtomicStore> memory{capacity, 16, IndexShape::usual(capacity)};
  bool planted = (plant_roots(memory, Freelist::pessimistic), true);
  Elsewhere elsewhere;
  YieldingStore store{memory.data(), elsewhere};
  Hints<YieldingStore> hints{store, memory.geometry()};
  Allocator<YieldingStore> allocator = make_allocator(store, memory.geometry(), Freelist::pessimistic, {.maximum_retries = 3});
  std::optional<Allocation> first = allocator.allocate({400});  // a descriptor for it will be made in it
  std::optional<Allocation> rest = allocator.allocate({allocator.remaining()});
};

TEST_F(RefusedRequest, LooksAgainAfterAnotherOneHasMerged) {
  ASSERT_TRUE(hints.enter(false));
  elsewhere.run = [&] {
    allocator.take_back(first->segment);
    hints.leave();
  };
  const auto again = allocator.allocate({100});
  ASSERT_TRUE(again);
  EXPECT_TRUE(first->segment.offset <= again->used.offset && again->used.end() <= first->segment.end());
  EXPECT_EQ(elsewhere.yields, 1);
}

TEST_F(RefusedRequest, WaitsForNobodyWhereNobodyMerges) {
  EXPECT_FALSE(allocator.allocate({100}));
  EXPECT_EQ(elsewhere.yields, 0);
  ASSERT_TRUE(hints.enter(false));
  EXPECT_FALSE(allocator.allocate({100}));
  EXPECT_EQ(elsewhere.yields, 3) << "so often, and no more";
}

}  // namespace
}  // namespace rarena::detail
