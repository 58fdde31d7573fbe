// The ordering ledger as data: what it says, and that one row at a time can be weakened.
#include <gtest/gtest.h>

#include <iostream>
#include <set>
#include <string_view>
#include <vector>

#include "orders.hpp"

namespace rarena::detail {
namespace {

// One step weaker, for each way there is; nothing for relaxed.
std::vector<Order> weaker(Order order) {
  if (order == Order::acq_rel) return {Order::acquire, Order::release};
  if (order == Order::relaxed) return {};
  return {Order::relaxed};
}

std::size_t differences(const OrderTable& a, const OrderTable& b) {
  std::size_t count = 0;
  for (const Row& r : ledger) count += a[r.site].order != b[r.site].order || a[r.site].failure != b[r.site].failure;
  return count;
}

TEST(Ledger, PrintsItself) {
  for (const Row& r : ledger) {
    std::cout << r.name << ' ' << name(r.order);
    for (const Site partner : r.partners) std::cout << ' ' << row(partner).name;
    std::cout << '\n';
  }
}

TEST(Ledger, NamesAreDifferent) {
  std::set<std::string_view> names;
  for (const Row& r : ledger) names.insert(r.name);
  EXPECT_EQ(names.size(), site_count);
}

TEST(Ledger, EachRowIsFoundByItsSite) {
  for (const Row& r : ledger) EXPECT_EQ(&row(r.site), &r) << r.name;
}

TEST(Ledger, AFreshTableIsTheLedger) {
  const OrderTable table;
  for (const Row& r : ledger) {
    EXPECT_EQ(table[r.site].order, r.order) << r.name;
    EXPECT_EQ(table[r.site].failure, r.failure) << r.name;
  }
}

TEST(Ledger, AWeakenedCopyDiffersInOneRow) {
  const OrderTable shipped;
  std::size_t copies = 0;
  for (const Row& r : ledger)
    for (const Order order : weaker(r.order)) {
      OrderTable weakened;
      weakened[r.site].order = order;
      EXPECT_EQ(differences(shipped, weakened), 1U) << r.name;
      EXPECT_EQ(differences(shipped, OrderTable()), 0U) << "the table of production has changed";
      ++copies;
    }
  EXPECT_GT(copies, 10U);
}

TEST(Ledger, NamesTheOrders) {
  EXPECT_EQ(name(Order::relaxed), "relaxed");
  EXPECT_EQ(name(Order::acquire), "acquire");
  EXPECT_EQ(name(Order::release), "release");
  EXPECT_EQ(name(Order::acq_rel), "acq_rel");
}

}  // namespace
}  // namespace rarena::detail
