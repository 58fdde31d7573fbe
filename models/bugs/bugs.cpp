#include "bugs.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "models/catalogue/embedded.hpp"
#include "models/catalogue/names.hpp"

namespace rarena::models {

using nlohmann::ordered_json;

namespace {

template <class T>
struct Named {
  std::string_view name;
  T value;
};

constexpr std::array lies = {
    Named{"frozen_tags", Lie::frozen_tags},
    Named{"repeat_validation", Lie::repeat_validation},
    Named{"empty_confirm", Lie::empty_confirm},
    Named{"deaf_help", Lie::deaf_help},
    Named{"empty_extents", Lie::empty_extents},
    Named{"blind_give_back", Lie::blind_give_back},
    Named{"late_confirm", Lie::late_confirm},
    Named{"unlinked_boundary", Lie::unlinked_boundary},
    Named{"any_link", Lie::any_link},
    Named{"stale_extents", Lie::stale_extents},
    Named{"blind_publish", Lie::blind_publish},
    Named{"no_unlink", Lie::no_unlink},
    Named{"remembered_unlinks", Lie::remembered_unlinks},
};
constexpr std::array parts = {
    Named{"wrapping_arithmetic", OtherPart::wrapping_arithmetic},
    Named{"crate_list", OtherPart::crate_list},
    Named{"no_boundaries", OtherPart::no_boundaries},
    Named{"hoarding_merge", OtherPart::hoarding_merge},
    Named{"twice_given_chunk", OtherPart::twice_given_chunk},
    Named{"kept_chunk", OtherPart::kept_chunk},
    Named{"hoarding_chunk", OtherPart::hoarding_chunk},
};

template <class Table>
auto named(const Table& table, const std::string& name) {
  const auto it = std::ranges::find(table, name, [](const auto& entry) { return entry.name; });
  if (it == table.end()) throw std::invalid_argument("nothing that is planted is called '" + name + "'");
  return it->value;
}

void read_plant(const ordered_json& plant, Bug& bug) {
  if (plant.contains("lie")) bug.lie = named(lies, plant["lie"]);
  if (plant.contains("part")) bug.part = named(parts, plant["part"]);
  bug.watch = plant.value("watch", false);
  if (!plant.contains("orders")) return;
  for (const auto& [site, order] : plant["orders"].items())
    bug.orders.push_back({value_or_throw(site_named(site)), value_or_throw(order_named(order.get<std::string>()))});
}

Bug read_bug(const ordered_json& json) {
  Bug bug{.name = json.at("name"), .kind = json.at("kind"), .about = json.at("about"), .scenario = json.value("scenario", "")};
  if (!bug.scenario.empty()) bug.freelist = value_or_throw(freelist_named(json.at("freelist").get<std::string>()));
  bug.found_by = json.at("found_by");
  bug.not_found_by = json.value("not_found_by", ordered_json::object());
  if (bug.found_by.empty()) throw std::invalid_argument("expected someone in 'found_by'");
  if (bug.is_of_code()) read_plant(json.at("plant"), bug);
  return bug;
}

const ordered_json& bugs_file() {
  static const ordered_json json = ordered_json::parse(embedded::bugs);
  return json;
}

std::vector<Bug> read_bugs() {
  std::vector<Bug> all;
  for (const auto& entry : bugs_file().at("bugs")) {
    try {
      all.push_back(read_bug(entry));
    } catch (const std::exception& error) {
      throw std::invalid_argument("bugs.json: " + entry.value("name", "a bug without a name") + ": " + error.what());
    }
  }
  return all;
}

std::vector<Order> one_step_weaker(Order order) {
  switch (order) {
    case Order::relaxed: return {};
    case Order::acquire:
    case Order::release: return {Order::relaxed};
    case Order::acq_rel: return {Order::acquire, Order::release};
  }
  return {};
}

std::vector<Bug> make_weakened_rows() {
  std::vector<Bug> rows;
  for (const Row& r : ledger)
    for (const Order order : one_step_weaker(r.order))
      rows.push_back({.name = std::string(weakened_prefix) + r.name + "=" + std::string(name(order)),
                      .kind = "code",
                      .about = "one row of the ledger, weakened",
                      .orders = {{r.site, order}}});
  return rows;
}

const Bug* look_for(std::span<const Bug> all, std::string_view name) {
  const auto it = std::ranges::find(all, name, &Bug::name);
  return it == all.end() ? nullptr : &*it;
}

}  // namespace

std::span<const Bug> bugs() {
  static const std::vector<Bug> all = read_bugs();
  return all;
}

std::span<const Bug> weakened_rows() {
  static const std::vector<Bug> all = make_weakened_rows();
  return all;
}

std::expected<const Bug*, std::string> bug_named(std::string_view name) {
  if (const Bug* bug = look_for(bugs(), name)) return bug;
  if (const Bug* bug = look_for(weakened_rows(), name)) return bug;
  std::string known;
  for (const Bug& bug : bugs()) known += (known.empty() ? "" : ", ") + bug.name;
  return std::unexpected("no bug is called '" + std::string(name) + "'; there are: " + known + "; and weaken:SITE=ORDER");
}

std::string why_not_killed(Site site) {
  std::string why;
  const ordered_json& reasons = bugs_file().at("not_killed");
  if (!reasons.contains(row(site).name)) return why;
  for (const auto& line : reasons[row(site).name]) why += (why.empty() ? "" : " ") + line.get<std::string>();
  return why;
}

OrderTable orders_with(const Bug* bug) {
  OrderTable table;
  if (bug != nullptr)
    for (const OtherOrder& other : bug->orders) table[other.site].order = other.order;
  return table;
}

}  // namespace rarena::models
