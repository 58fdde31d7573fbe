// The names of freelists, sites and orders, as files and command lines have them.
//
// Thread safety: pure functions.
#pragma once

#include <expected>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/words/orders.hpp"
#include "models/scenario/scenario.hpp"

namespace rarena::models {

// Or a sentence saying what was expected.
std::expected<Freelist, std::string> freelist_named(std::string_view name);
std::expected<Site, std::string> site_named(std::string_view name);
std::expected<Order, std::string> order_named(std::string_view name);

// The value, or std::invalid_argument with what was expected. For files that are part of the program.
template <class T>
T value_or_throw(const std::expected<T, std::string>& named) {
  if (!named) throw std::invalid_argument(named.error());
  return *named;
}

}  // namespace rarena::models
