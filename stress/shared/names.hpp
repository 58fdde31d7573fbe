// Values by their names, for options and files.
//
// Thread safety: functions of their arguments.
#pragma once

#include <fmt/format.h>

#include <map>
#include <stdexcept>
#include <string>

namespace rarena::stress {

// The first name of a value; empty: it has none.
template <class Value>
std::string key_of(const std::map<std::string, Value>& names, const Value& value) {
  for (const auto& [key, named] : names)
    if (named == value) return key;
  return "";
}

// `none|optimistic|pessimistic`.
template <class Value>
std::string all_names(const std::map<std::string, Value>& names) {
  std::string all;
  for (const auto& [name, unused] : names) all += (all.empty() ? "" : "|") + name;
  return all;
}

// Throws std::runtime_error if nothing is named so.
template <class Value>
const Value& named(const std::map<std::string, Value>& names, const std::string& name) {
  const auto found = names.find(name);
  if (found == names.end()) throw std::runtime_error(fmt::format("expected {}, found '{}'", all_names(names), name));
  return found->second;
}

}  // namespace rarena::stress
