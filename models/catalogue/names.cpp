#include "names.hpp"

#include <algorithm>
#include <array>

namespace rarena::models {

namespace {

constexpr std::array<std::string_view, 3> freelist_names = {"none", "optimistic", "pessimistic"};
constexpr std::array orders = {Order::relaxed, Order::acquire, Order::release, Order::acq_rel};

}  // namespace

std::string_view name(Freelist kind) { return freelist_names[static_cast<std::size_t>(kind)]; }

std::expected<Freelist, std::string> freelist_named(std::string_view text) {
  const auto* const it = std::ranges::find(freelist_names, text);
  if (it == freelist_names.end())
    return std::unexpected("no freelist is called '" + std::string(text) + "'; expected none, optimistic or pessimistic");
  return static_cast<Freelist>(it - freelist_names.begin());
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
