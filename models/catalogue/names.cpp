#include "names.hpp"

#include <algorithm>
#include <array>

namespace rarena::models {

namespace {

constexpr std::array orders = {Order::relaxed, Order::acquire, Order::release, Order::acq_rel};

}  // namespace

std::expected<Freelist, std::string> freelist_named(std::string_view text) {
  std::string known;
  for (const Freelist kind : all_freelists) {
    if (name(kind) == text) return kind;
    known += (known.empty() ? "" : ", ") + std::string(name(kind));
  }
  return std::unexpected("no freelist is called '" + std::string(text) + "'; expected one of " + known);
}

std::expected<Site, std::string> site_named(std::string_view text) {
  const auto* const it = std::ranges::find(ledger, text, [](const Row& row) { return std::string_view(row.name); });
  if (it == ledger.end()) return std::unexpected("no row of core/words/orders.hpp is called '" + std::string(text) + "'");
  return it->site;
}

std::expected<Order, std::string> order_named(std::string_view text) {
  const auto* const it = std::ranges::find_if(orders, [&](Order order) { return text == name(order); });
  if (it == orders.end())
    return std::unexpected("no order is called '" + std::string(text) + "'; expected relaxed, acquire, release or acq_rel");
  return *it;
}

}  // namespace rarena::models
