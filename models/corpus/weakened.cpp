#include "weakened.hpp"

#include <algorithm>
#include <deque>

namespace rarena::models {

namespace {

constexpr std::array equivalents = {
    Equivalent{Site::plan_link,
               "the stores of a plan are ordered against a kill of the process, not against a thread: whoever carries "
               "one out is alone. `core/recovery/plan_test.cpp` cuts every plan everywhere, and finds a wrong order"},
    Equivalent{Site::plan_count, "as plan_link"},
};

std::vector<Order> one_step_weaker(Order order) {
  switch (order) {
    case Order::relaxed: return {};
    case Order::acquire:
    case Order::release: return {Order::relaxed};
    case Order::acq_rel: return {Order::acquire, Order::release};
  }
  return {};
}

std::vector<Mutant> make_rows() {
  static std::deque<std::string> names;  // a mutant refers to its name
  std::vector<Mutant> rows;
  for (const Row& r : ledger)
    for (const Order order : one_step_weaker(r.order)) {
      names.push_back(std::string(weakened_prefix) + r.name + "=" + std::string(name(order)));
      const Mutant shipped{.name = names.back(),
                           .about = "one row of the ledger, weakened",
                           .scenario = {},
                           .kind = Freelist::none,
                           .variant = VariantName::shipped,
                           .watch = false};
      rows.push_back(shipped.with({{r.site, order}}));
    }
  return rows;
}

}  // namespace

std::span<const Mutant> weakened_rows() {
  static const std::vector<Mutant> rows = make_rows();
  return rows;
}

const Mutant* weakened_row(std::string_view name) {
  const auto rows = weakened_rows();
  const auto it = std::ranges::find(rows, name, &Mutant::name);
  return it == rows.end() ? nullptr : &*it;
}

std::string_view why_not_killed(Site site) {
  const auto* const it = std::ranges::find(equivalents, site, &Equivalent::site);
  return it == equivalents.end() ? std::string_view() : it->why;
}

}  // namespace rarena::models
