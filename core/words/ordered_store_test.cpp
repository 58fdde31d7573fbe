// OrderedStore does to words what AtomicStore does, whatever the table says.
#include "ordered_store.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace rarena::detail {
namespace {

struct alignas(16) WordMemory {
  std::byte bytes[32] = {};
};

template <class T>
void use_every_function(const OrderTable& table) {
  WordMemory memory;
  const OrderedStore store(memory.bytes, table);
  const Word<T> word{16};
  EXPECT_EQ(store.load(word, Site::find_head), 0U);
  store.store(word, T{7}, Site::insert_link);
  EXPECT_EQ(store.fetch_add(word, T{5}, Site::discarded_add), 7U);
  T expected = 3;
  EXPECT_FALSE(store.compare_exchange_weak(word, expected, T{1}, Site::claim_mark));
  EXPECT_EQ(expected, 12U) << "a failure leaves the value read";
  auto loop = store.loop_head();
  while (!store.compare_exchange_weak(word, expected, T{9}, Site::cursor_take)) store.retry(loop);
  EXPECT_EQ(store.load(word, Site::find_validate), 9U);
}

TEST(OrderedStore, DoesTheSameWithTheLedgersOrders) {
  use_every_function<std::uint32_t>(OrderTable());
  use_every_function<std::uint64_t>(OrderTable());
}

TEST(OrderedStore, DoesTheSameWithEveryOrder) {
  for (const Order order : {Order::relaxed, Order::acquire, Order::release, Order::acq_rel})
    for (const Order failure : {Order::relaxed, Order::acquire}) {
      OrderTable table;
      for (const Row& row : ledger) table[row.site] = {order, failure};
      use_every_function<std::uint32_t>(table);
      use_every_function<std::uint64_t>(table);
    }
}

}  // namespace
}  // namespace rarena::detail
